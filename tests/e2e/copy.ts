import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before } from "mocha";
import { type Recorder, record, startRecorder } from "../../local/record/record.ts";
import type { Recording } from "../../local/recording.ts";
import { copyProgram } from "./program-copy.ts";
import { dataFolder, type HereOptions, hubHere, ROOT } from "./support.ts";

/** Records a program that changes, by one process for all recordings: a later one takes a third of the CPU. It starts with the first. */
export function recordingAgain() {
  let recorder: Recorder | undefined;
  return {
    record(root: string): Promise<Recording> {
      recorder ??= startRecorder();
      return recorder.record({ root });
    },
    end: () => recorder?.[Symbol.dispose](),
  };
}

/**
 * A copy of the program with flows of `tests/e2e/flows`, or of `examples` by names such as `examples/stripe-charges`. `__FOLDER__` in their source is replaced by the test's temporary folder, where
 * handlers record what they do.
 */
export function programWith(...flows: readonly string[]) {
  const folder = dataFolder();
  const root = join(folder.dir, "copy");
  copyProgram(root);
  mkdirSync(join(root, "flows"));
  for (const flow of flows) {
    const source = flow.startsWith("examples/") ? join(ROOT, flow) : join(import.meta.dirname, "flows", flow);
    const text = readFileSync(`${source}.ts`, "utf8");
    const local = text.replaceAll("../../../model/", "../model/").replaceAll("__FOLDER__", folder.dir);
    writeFileSync(join(root, "flows", `${basename(flow)}.ts`), local);
  }
  let recorded: Promise<Recording> | undefined;
  const again = recordingAgain();
  return {
    root,
    /** The test's temporary folder. */
    dir: folder.dir,
    main: join(root, "local/main.ts"),
    /** Of the program as it is at the first call. */
    recording: () => (recorded ??= record({ root })),
    /** Of the program as it is now. */
    record: () => again.record(root),
    remove() {
      again.end();
      folder.remove();
    },
  };
}

/**
 * A hub of flows as `programWith` takes them, from before the first test of a `describe` to after its last one.
 * @param options of the hub
 */
export function hubOf(flows: readonly string[], options: HereOptions = {}) {
  const program = programWith(...flows);
  let started: Awaited<ReturnType<typeof hubHere>> | undefined;
  before(async () => {
    started = await hubHere({ root: program.root, recording: await program.recording(), ...options });
  });
  after(async () => {
    await started?.stop();
    program.remove();
  });
  const here = () => {
    if (!started) throw new Error("The hub starts before the first test. Use it in tests and hooks.");
    return started;
  };
  return {
    program,
    get hub() {
      return here().hub;
    },
    get client() {
      return here().client;
    },
    get lines() {
      return here().lines;
    },
    get problems() {
      return here().problems;
    },
  };
}

/** The recording without one statement of one policy. */
export function withoutStatement(recording: Recording, policy: string, sid: string): Recording {
  const resources = recording.resources.flatMap((resource) => {
    if (resource.name !== policy) return [resource];
    const { Version, Statement } = JSON.parse(String(resource.inputs.policy)) as {
      Version: string;
      Statement: { Sid: string }[];
    };
    const left = Statement.filter(({ Sid }) => Sid !== sid);
    const text = JSON.stringify({ Version, Statement: left });
    const changed = { ...resource, inputs: { ...resource.inputs, policy: text }, outputs: { ...resource.outputs, policy: text } };
    return left.length > 0 ? [changed] : [];
  });
  return { ...recording, resources };
}

/** Lines that handlers have written to a file of the test's folder. */
export function linesOf<T>(file: string): readonly T[] {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as T);
  } catch {
    return [];
  }
}
