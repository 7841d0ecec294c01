import { AUDIT_PARAMETERS } from "../protocol/queries.ts";
import type { Options } from "./arguments.ts";
import { audit } from "./audit.ts";
import { cancelRequest } from "./cancel.ts";
import { CliError } from "./cli-error.ts";
import { completion } from "./completion.ts";
import type { Connection } from "./connection.ts";
import { DEAD_LETTERS, filterOf, SELECTING } from "./dead-letters.ts";
import { exportRequests, runExported } from "./exports.ts";
import { find } from "./find.ts";
import { hold, holds, release } from "./holds.ts";
import { listJobs, startJob, stopJob } from "./jobs.ts";
import { logs, tail } from "./logs.ts";
import { record } from "./record.ts";
import { replay } from "./replay.ts";
import { listRequests, REQUEST_FILTERS } from "./requests.ts";
import { runAgain } from "./run-again.ts";
import { status } from "./status.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";
import type { Terminal } from "./terminal.ts";
import { backfill, runTrigger, skipRuns } from "./timers.ts";
import { trace } from "./trace.ts";

/** What a command is run with. */
export interface Call {
  /** Words after the command's own. */
  readonly words: readonly string[];
  readonly options: Options;
  /** @throws CliError when the options say no hub */
  readonly hub: () => Connection;
  readonly telemetry: () => Promise<Telemetry>;
  readonly to: Terminal;
  readonly print: (text: string) => void;
  /** Aborts when the user ends the command. */
  readonly signal: AbortSignal;
  /** Returns whether the user agrees; `undefined` where there is no terminal. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined;
}
interface Command {
  /** Options beside those that choose the hub and the output. */
  readonly takes: readonly string[];
  /** Whether words may follow its name. */
  readonly words?: true;
  /** @returns the text to print; `undefined` where it has printed itself */
  readonly run: (call: Call) => string | undefined | Promise<string | undefined>;
}

const deadLetterCommands = Object.entries(DEAD_LETTERS).map(([name, { run, ...command }]): [string, Command] => [
  `dead-letters ${name}`,
  { ...command, run: ({ hub, words, options, ask }) => run(hub(), words, options, ask) },
]);

/** What a generator of files prints. @throws CliError */
const written = async (made: Promise<string>): Promise<string> => {
  const { NewFileError } = await import("../tools/new-flow/write-files.ts");
  return made.catch((error: unknown) => {
    throw error instanceof NewFileError ? new CliError(error.message) : error;
  });
};

/** By name, of one or two words. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  status: { takes: ["flow"], run: ({ hub, options, ...around }) => status(hub(), options, around) },
  tail: { takes: ["flow", "step", "level"], run: ({ hub, options, ...around }) => tail(hub(), options, around) },
  logs: {
    takes: ["flow", "step", "level"],
    words: true,
    run: ({ hub, words, options, ...around }) => logs(hub(), words, options, around),
  },
  find: { takes: [], words: true, run: ({ hub, words, options, ...around }) => find(hub(), words, options, around) },
  trace: {
    takes: ["mermaid", "otlp"],
    words: true,
    run: ({ hub, words, options, ...around }) => trace(hub(), words, options, around),
  },
  "requests list": { takes: REQUEST_FILTERS, run: ({ hub, options }) => listRequests(hub(), options) },
  "requests cancel": { takes: ["reason"], words: true, run: ({ hub, words, options }) => cancelRequest(hub(), words, options) },
  "requests run-again": {
    takes: ["reason", "name", "export"],
    words: true,
    run: ({ hub, words, options }) =>
      options.export === undefined ? runAgain(hub(), words, options) : runExported(hub(), words, options),
  },
  "requests export": {
    takes: [...REQUEST_FILTERS, "out"],
    words: true,
    run: ({ hub, words, options }) => exportRequests(hub(), words, options),
  },
  ...Object.fromEntries(deadLetterCommands),
  "jobs list": { takes: [], run: ({ hub, options }) => listJobs(hub(), options) },
  "jobs start": {
    takes: [...SELECTING, "all", "rate", "stop-after", "reason"],
    words: true,
    run: ({ hub, words, options }) => startJob(hub(), words, filterOf(options), options),
  },
  "jobs stop": { takes: ["reason"], words: true, run: ({ hub, words, options }) => stopJob(hub(), words, options) },
  replay: { takes: ["flow", "step", "from", "to", "reason"], run: ({ hub, options }) => replay(hub(), options) },
  audit: { takes: AUDIT_PARAMETERS, run: ({ hub, options }) => audit(hub(), options) },
  hold: { takes: ["until", "for", "reason"], words: true, run: ({ hub, words, options }) => hold(hub(), words, options) },
  release: { takes: ["reason"], words: true, run: ({ hub, words, options }) => release(hub(), words, options) },
  holds: { takes: [], run: ({ hub, options }) => holds(hub(), options) },
  "triggers run": { takes: ["reason"], words: true, run: ({ hub, words, options }) => runTrigger(hub(), words, options) },
  "triggers skip": {
    takes: ["until", "for", "reason"],
    words: true,
    run: ({ hub, words, options }) => skipRuns(hub(), words, options),
  },
  "triggers backfill": {
    takes: ["from", "to", "reason"],
    words: true,
    run: ({ hub, words, options }) => backfill(hub(), words, options),
  },
  record: {
    takes: [],
    words: true,
    run: ({ words, options }) => record(options as { readonly data?: string }, words, process.cwd()),
  },
  "flow new": {
    takes: ["trigger"],
    words: true,
    run: async ({ words: [flow, ...more], options }) => {
      if (flow === undefined || more.length > 0) throw new CliError("flow new takes one name. Give one, such as order-export.");
      const { newFlow } = await import("../tools/new-flow/new-flow.ts");
      return written(newFlow(flow, options.trigger as string | undefined, process.cwd()));
    },
  },
  "adapter new": {
    takes: [],
    words: true,
    run: async ({ words: [adapter, ...more] }) => {
      if (adapter === undefined || more.length > 0)
        throw new CliError("adapter new takes one name. Give one, such as price-list.");
      const { newAdapter } = await import("../tools/new-adapter/new-adapter.ts");
      return written(newAdapter(adapter, process.cwd()));
    },
  },
  "adapter from-openapi": {
    takes: ["operations", "out", "name", "depth", "list"],
    words: true,
    run: async ({ words: [file, ...more], options }) => {
      if (file === undefined || more.length > 0)
        throw new CliError("adapter from-openapi takes one file. Name an OpenAPI document.");
      // The generator and its packages are loaded for this command alone.
      const { fromOpenApi, OpenApiError } = await import("../tools/from-openapi/command.ts");
      return fromOpenApi(file, options, (line) => process.stderr.write(`${line}\n`)).catch((error: unknown) => {
        throw error instanceof OpenApiError ? new CliError(error.message) : error;
      });
    },
  },
  completion: { takes: [], words: true, run: ({ words }) => completion(words, COMMANDS, COMMON) },
};

/** Options that choose the hub and the output. */
export const COMMON: readonly string[] = ["stack", "url", "key", "data", "json", "help"];

/** @returns the command that the words name, and the words after its name. @throws CliError with the commands that there are */
export function commandIn(words: readonly string[]): {
  readonly name: string;
  readonly command: Command;
  readonly rest: readonly string[];
} {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(" ");
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command) return { name, command, rest: words.slice(length) };
  }
  const [area = "", word] = words;
  const within = Object.keys(COMMANDS).flatMap((name) => (name.startsWith(`${area} `) ? [name.slice(area.length + 1)] : []));
  if (within.length > 0)
    throw new CliError(
      `${area} ${word === undefined ? "needs a second word" : `has no command "${word}"`}. Give one of ${within.join(", ")}.`,
    );
  const areas = [...new Set(Object.keys(COMMANDS).map((name) => name.split(" ")[0]))];
  throw new CliError(`There is no command "${area}". Give one of ${areas.join(", ")}.`);
}
