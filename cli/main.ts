import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { CliError } from "./cli-error.ts";
import { COMMON, commandIn } from "./commands.ts";
import { connect } from "./connection.ts";
import { telemetryOf } from "./telemetry/telemetry-of.ts";
import { terminal } from "./terminal.ts";

const HELP = `Operates a hub: npm run hub -- <command> [options]

  status                                           shows queues with their depth and oldest message, schedules, polls,
                                                   objectives, circuit breakers, holds and dead letters; --flow: with
                                                   all of its steps
  tail                                             prints what is logged from now on; --flow, --step, --level; Ctrl-C ends it
  logs <id>                                        prints what was logged about requests; --flow, --step, --level
  find <id>                                        shows all ids of a request by one of them
  dead-letters list                                lists open dead letters; --state redriven, discarded or any
  dead-letters groups                              groups open dead letters by cause; the filter --group takes one
  dead-letters note <group>                        notes what is known of a group, and who takes care of it: --note <text>,
                                                   --owner <name>
  dead-letters show <id>                           shows one with its message, secrets masked
  dead-letters redrive <id>… | <filters> | --all   sends dead letters back to the queues of their steps
  dead-letters complete <id> --answer <file.json>  continues a step with the answer of its call that may have taken effect;
                                                   --answers <file.json>: answers by call, where it has several
  dead-letters edit <id> --payload <file.json> --why <text>
                                                   changes the payload that a redrive sends, and shows the difference;
                                                   --redrive sends it back
  dead-letters discard <id>… | <filters> | --all   closes dead letters for good; needs --reason <text>; asks before it
                                                   closes several, unless --yes
  jobs start redrive|discard <filters> | --all     lets the hub decide on many, --rate a minute (default 100), until
                                                   --stop-after of them fail again (default 5); needs --why <text>
  jobs list                                        shows jobs with progress and refusals
  jobs stop <id> --why <text>                      ends one
  replay --flow <name> [--step <name>,…] --from <time> --to <time>
                                                   replays archived events to the steps of a flow
  audit                                            lists what operators did, when and why; --by <consumer>, --verb, --from,
                                                   --to, --limit
  triggers run <flow>/<trigger>                    starts a schedule or a poll now, beside its own runs
  triggers skip <flow>/<trigger> --why <text>      leaves the next run of a schedule out; --until 18:00 or --for 2h: all until
                                                   then
  triggers backfill <flow>/<trigger> --from <time> --to <time> --why <text>
                                                   starts the runs of a schedule that did not come
  hold <name> --until <time> --why <text>          lets the messages of a third party, a flow or a step (<flow>/<step>)
                                                   wait, or a poll (<flow>/trigger:<name>); --until 18:00 or --for 2h, at
                                                   most 24 hours
  release <name>                                   lets them go on
  holds                                            lists what is held
  record <third party>                             keeps what it answered to live calls (npm start -- --live), masked, in
                                                   fixtures/: sandbox and tests play it
  flow new <name>                                  writes a flow and its test; --trigger api (the default), webhook, schedule,
                                                   poll or sync
  trace <id>                                       shows what happened, as a waterfall; --json, --mermaid, --otlp
  requests list                                    lists requests; --status, --flow, --correlation, --from, --to, --limit,
                                                   --business-key <value>, such as an order's number
  requests cancel <id> --why <text>                skips the steps that have not begun, and compensates the completed ones
  requests run-again <id> --why <text>             starts a new request with the input of this one: steps and third parties
                                                   are called again; --name <text>: once more for the same reason
  requests export <id>… | <filters> --out <file>   writes the inputs of requests, secrets and personal data masked; filters
                                                   as of requests list
  requests run-again --export <file> [<id>…] --why <text>
                                                   starts a new request for each of such a file, on another hub, such as
                                                   the one on this machine
  adapter new <name>                               writes an adapter and its test
  adapter from-openapi <file> --operations <id>,…  writes an adapter for operations of an OpenAPI document; --out <file>,
                                                   --name <adapter>, --depth <references>; --list prints the operations
  completion <shell>                               prints a script for bash, zsh or fish: alias hub='npm run -s hub --',
                                                   then source <(hub completion bash)

<id> is that of a request, a dead letter or a trace (also as X-Ray writes it), a correlation id, or the value of a business
key, such as an order's number.

filters
  --flow, --step, --request, --correlation, --error <code>, --group <id>, --from <time>, --to <time>

which hub
  --stack <name>       a stack on AWS, by its Pulumi outputs
  --url, --key <key>   any gateway, with an operator's API key (or HUB_URL, HUB_API_KEY)
  --data <folder>      the hub on this machine (default .hub)

output
  --rate <n>           dead letters a second that redrive sends back, 1 to 1000 (default 20); it stops by itself when
                       too many of them fail again
  --reason <text>      why, for the audit trail; --why is the same
  --limit <n>          most dead letters or audit entries to list, 1 to 1000 (default 100)
  --json               prints JSON
  --help               prints this help

Exit status: 0 success, 1 error, 2 some dead letters were refused.`;

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

// Whoever reads may end first, such as head.
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
