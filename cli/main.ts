import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { CliError } from "./cli-error.ts";
import { COMMON, commandIn } from "./commands.ts";
import { connect } from "./connection.ts";
import { HELP } from "./help.ts";
import { telemetryOf } from "./telemetry/telemetry-of.ts";
import { terminal } from "./terminal.ts";

const text = { type: "string" } as const;
const OPTIONS = {
  ...Object.fromEntries(
    [
      "state",
      "status",
      "flow",
      "step",
      "level",
      "request",
      "correlation",
      "business-key",
      "error",
      "group",
      "note",
      "owner",
      "from",
      "to",
      "reason",
      "answer",
      "payload",
      "revision",
      "answers",
      "by",
      "verb",
      "export",
      "until",
      "for",
      "why",
      "operations",
      "out",
      "name",
      "depth",
      "limit",
      "rate",
      "stop-after",
      "trigger",
      "stack",
      "url",
      "key",
      "data",
    ].map((name) => [name, text]),
  ),
  all: { type: "boolean" },
  redrive: { type: "boolean" },
  list: { type: "boolean" },
  yes: { type: "boolean" },
  mermaid: { type: "boolean" },
  otlp: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const print = (line: string) => void process.stdout.write(`${line}\n`);

// The reader of the output may end first, such as head.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});
try {
  const printed = await run(process.argv.slice(2));
  if (printed !== undefined) print(printed);
} catch (error) {
  if (!(error instanceof CliError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function run(args: readonly string[]): Promise<string | undefined> {
  const { values, positionals } = parsed(args);
  const { why, ...others } = values as Readonly<Record<string, string | boolean | undefined>>;
  const options = why === undefined ? others : { reason: why, ...others };
  if (options.help || positionals.length === 0) return HELP;
  const { name, command, rest } = commandIn(positionals);
  refuseOthers(name, command.takes, options);
  const hub = () => connect(options as Record<string, string>);
  const end = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => end.abort());
  return command.run({
    words: rest,
    options,
    hub,
    telemetry: async () => telemetryOf(hub()),
    to: terminal(),
    print,
    signal: end.signal,
    ask: process.stdin.isTTY ? ask : undefined,
  });
}

/** An option that a command ignored would widen what it does. */
function refuseOthers(command: string, takes: readonly string[], options: Readonly<Record<string, unknown>>): void {
  const other = Object.keys(options).find((name) => ![...COMMON, ...takes].includes(name));
  if (other !== undefined) throw new CliError(`${command} takes no --${other}. See npm run hub -- --help.`);
}

async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(question);
  terminal.close();
  return answer.trim() === "yes";
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new CliError(`${(error as Error).message.split(/[.\n]/)[0]}. See npm run hub -- --help.`);
  }
}
