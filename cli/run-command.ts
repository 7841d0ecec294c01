import { parseArgs } from "node:util";
import { checkPeriod, type Options } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { type Call, COMMON, commandIn } from "./commands.ts";
import { connect } from "./connection.ts";
import { HELP } from "./help.ts";
import { telemetryOf } from "./telemetry/telemetry-of.ts";

const text = { type: "string" } as const;
/** Name -> how it is given. */
export const OPTIONS: Readonly<Record<string, { readonly type: "string" | "boolean"; readonly short?: string }>> = {
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
};

/** @returns the text to print; `undefined` where the command has printed itself. @throws CliError */
export async function runCommand(
  args: readonly string[],
  around: Pick<Call, "to" | "print" | "signal" | "ask">,
): Promise<string | undefined> {
  const read = readCommand(args);
  if (!read) return HELP;
  const { command, words, options } = read;
  checkPeriod(options);
  if ([options.stack, options.data, options.url ?? options.key].filter((one) => one !== undefined).length > 1)
    throw new CliError("--stack, --url with --key, and --data name different hubs. Give one of the three.");
  const hub = () => connect(options as Record<string, string>);
  return command.run({ words, options, hub, telemetry: async () => telemetryOf(hub()), ...around });
}

/** @returns `undefined` where the help is asked for. @throws CliError for a command, a word or an option that there is not */
export function readCommand(args: readonly string[]) {
  // Not strict: Node's own messages name neither the command nor what it takes.
  const { tokens, values, positionals } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const given = tokens.filter((token) => token.kind === "option");
  if (values.help === true) return undefined;
  if (positionals.length === 0) {
    for (const { name, rawName } of given)
      if (!Object.hasOwn(OPTIONS, name)) throw new CliError(`Unknown option '${rawName}'. See npm run hub -- --help.`);
    return undefined;
  }
  const { name, command, rest } = commandIn(positionals);
  refuseOptions(name, command.takes, given);
  const [other] = rest;
  if (other !== undefined && !command.words) throw new CliError(`${name} takes no word "${other}". Leave it out.`);
  const { why, ...others } = values as Options;
  return { command, words: rest, options: why === undefined ? others : { reason: why, ...others } };
}

interface Given {
  readonly name: string;
  /** Such as `--flow`. */
  readonly rawName: string;
  readonly value?: string | undefined;
  /** Whether the value follows a `=`. */
  readonly inlineValue?: boolean | undefined;
}

/** Options whose empty text takes something away. */
const MAY_BE_EMPTY = ["note", "owner"];

/** An option that a command ignored would widen what it does, and so would one that is misread. @throws CliError */
function refuseOptions(command: string, takes: readonly string[], given: readonly Given[]): void {
  const known = [...takes.map((name) => (name === "reason" ? "why" : name)), ...COMMON];
  const seen = new Set<string>();
  for (const { name, rawName, value, inlineValue } of given) {
    const meant = name === "reason" ? "why" : name;
    if (!known.includes(meant))
      throw new CliError(`${command} takes no ${rawName}. It takes ${known.map((one) => `--${one}`).join(", ")}.`);
    if (seen.has(meant)) throw new CliError(`--${meant} is given twice. Give it once.`);
    seen.add(meant);
    if (OPTIONS[name]?.type === "boolean") {
      if (value !== undefined) throw new CliError(`${rawName} takes no value. Write ${rawName} alone.`);
    } else if (value === undefined || (inlineValue !== true && /^-./.test(value)))
      throw new CliError(`${rawName} has no value. Write ${rawName} <value>.`);
    else if (value.trim() === "" && !MAY_BE_EMPTY.includes(name))
      throw new CliError(`${rawName} is empty. Give it a value, or leave it out.`);
  }
}
