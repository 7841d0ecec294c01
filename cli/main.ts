import { parseArgs } from "node:util";
import { CliError } from "./cli-error.ts";
import { connect } from "./connection.ts";
import { DEAD_LETTERS } from "./dead-letters.ts";
import { replay } from "./replay.ts";

const HELP = `Operates a hub: npm run hub -- <command> [options]

  dead-letters list                    open ones; --state redriven, discarded or any
  dead-letters show <id>               with its message, secrets masked
  dead-letters redrive <id>… | <filters> | --all
  dead-letters discard <id>… | <filters> | --all   with --reason <text>
  replay --flow <name> [--step <name>,…] --from <time> --to <time>

filters
  --flow, --step, --request, --correlation, --error <code>, --from <time>, --to <time>

which hub
  --stack <name>       on AWS, by the outputs of its Pulumi stack
  --url, --key <key>   any gateway, with an operator's API key (or HUB_URL, HUB_API_KEY)
  --data <folder>      of the hub on this machine (default .hub)

  --limit <n>          of list, 1 to 1000 (default 100)
  --json               prints JSON
  --help               prints this

Status 2: some were refused.`;

const text = { type: "string" } as const;
const OPTIONS = {
  ...Object.fromEntries(
    [
      "state",
      "flow",
      "step",
      "request",
      "correlation",
      "error",
      "from",
      "to",
      "reason",
      "limit",
      "stack",
      "url",
      "key",
      "data",
    ].map((name) => [name, text]),
  ),
  all: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

try {
  process.stdout.write(`${await run(process.argv.slice(2))}\n`);
} catch (error) {
  if (!(error instanceof CliError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function run(args: readonly string[]): Promise<string> {
  const { values, positionals } = parsed(args);
  const options: Readonly<Record<string, string | boolean | undefined>> = values;
  const [area, ...rest] = positionals;
  if (options.help || area === undefined) return HELP;
  if (area === "replay") return replay(connect(options as Record<string, string>), options);
  const [name = "", ...ids] = rest;
  const command = area === "dead-letters" ? DEAD_LETTERS[name] : undefined;
  if (!command) throw new CliError(`There is no command "${positionals.join(" ")}". See npm run hub -- --help.`);
  return command(connect(options as Record<string, string>), ids, options);
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new CliError(`${(error as Error).message.split(/[.\n]/)[0]}. See npm run hub -- --help.`);
  }
}
