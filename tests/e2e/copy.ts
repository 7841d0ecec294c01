import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before } from "mocha";
import type { Recording } from "../../local/recording.ts";
import { copyProgram } from "./program-copy.ts";
import { record } from "./recorder.ts";
import { dataFolder, type HereOptions, hubHere, ROOT } from "./support.ts";

/** The hub's code for all programs of this process, so that Node loads it once. It is removed when the process ends. */
let hub: string | undefined;
function copiedHub(): string {
  if (hub === undefined) {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "hub-e2e-")));
    copyProgram(folder);
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    hub = folder;
  }
  return hub;
}

/** What a program has for itself. The rest is the hub's, by links. */
const OWN = /^(index\.ts|Pulumi\..*yaml|events)$/;
const names = new Map<string, number>();

/** @returns the root of a program without flows, whose name is the same in each process, so that bundles of its flows are found again */
function newRoot(name: string): string {
  const copy = copiedHub();
  const number = (names.get(name) ?? 0) + 1;
  names.set(name, number);
  const root = join(copy, "programs", number === 1 ? name : `${name}-${number}`);
  mkdirSync(root, { recursive: true });
  for (const part of readdirSync(copy).filter((one) => one !== "programs")) {
    if (OWN.test(part)) cpSync(join(copy, part), join(root, part), { recursive: true });
    else symlinkSync(join(copy, part), join(root, part));
  }
  return root;
}

/**
 * A program with flows of `tests/e2e/flows`, or of `examples` by names such as `examples/stripe-charges`. `__FOLDER__` in their source is
 * replaced by the test's temporary folder, where handlers record what they do.
 */
export function programWith(...flows: readonly string[]) {
  const folder = dataFolder();
  const root = newRoot(flows.map((flow) => basename(flow)).join("-") || "written");
  writeFlows(root, flows, folder.dir);
  return { ...programAt(root), dir: folder.dir, remove: folder.remove };
}

/** The same, with code of the hub of its own, which `npm start` runs. */
export function startableWith(...flows: readonly string[]) {
  const folder = dataFolder();
  const root = join(folder.dir, "copy");
  copyProgram(root);
  writeFlows(root, flows, folder.dir);
  return { ...programAt(root), dir: folder.dir, remove: folder.remove, main: join(root, "local/main.ts") };
}

function writeFlows(root: string, flows: readonly string[], folder: string): void {
  mkdirSync(join(root, "flows"));
  for (const flow of flows) {
    const source = flow.startsWith("examples/") ? join(ROOT, flow) : join(import.meta.dirname, "flows", flow);
    const text = readFileSync(`${source}.ts`, "utf8");
    const local = text.replaceAll("../../../model/", "../model/").replaceAll("__FOLDER__", folder);
    writeFileSync(join(root, "flows", `${basename(flow)}.ts`), local);
  }
}

function programAt(root: string) {
  let recorded: Promise<Recording> | undefined;
  return {
    root,
    /** Of the program as it is at the first call. */
    recording: () => (recorded ??= record({ root })),
    /** Of the program as it is now. */
    record: () => record({ root }),
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
