import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { AUDIT_PARAMETERS } from "../protocol/queries.ts";
import { audit } from "./audit.ts";
import { CliError } from "./cli-error.ts";
import { connect } from "./connection.ts";
import { DEAD_LETTERS } from "./dead-letters.ts";
import { hold, holds, release } from "./holds.ts";
import { replay } from "./replay.ts";
import { listRequests, REQUEST_FILTERS } from "./requests.ts";
import { terminal } from "./terminal.ts";
import { trace } from "./trace.ts";

const HELP = `Operates a hub: npm run hub -- <command> [options]

  dead-letters list                                lists open dead letters; --state redriven, discarded or any
  dead-letters show <id>                           shows one with its message, secrets masked
  dead-letters redrive <id>… | <filters> | --all   sends dead letters back to the queues of their steps
  dead-letters complete <id> --answer <file.json>  continues a step with the answer of its call that may have taken effect;
                                                   --answers <file.json>: answers by call, where it has several
  dead-letters discard <id>… | <filters> | --all   closes dead letters for good; needs --reason <text>; asks before it
                                                   closes several, unless --yes
  replay --flow <name> [--step <name>,…] --from <time> --to <time>
                                                   replays archived events to the steps of a flow
  audit                                            lists what operators did, when and why; --by <consumer>, --verb, --from,
                                                   --to, --limit
  hold <name> --until <time> --why <text>          lets the messages of a third party, a flow or a step (<flow>/<step>)
                                                   wait; --until 18:00 or --for 2h, at most 24 hours
  release <name>                                   lets them go on
  holds                                            lists what is held
  flow new <name>                                  writes a flow and its test; --trigger api (the default), webhook, schedule
                                                   or sync
  trace <id>                                       shows what happened, as a waterfall: <id> is that of a request, a
                                                   dead letter or a trace, a correlation id, or the value of a business
                                                   key, such as an order's number; --json, --mermaid, --otlp
  requests list                                    lists requests; --status, --flow, --correlation, --from, --to, --limit,
                                                   --business-key <value>, such as an order's number
  adapter from-openapi <file> --operations <id>,…  writes an adapter for operations of an OpenAPI document; --out <file>,
                                                   --name <adapter>, --depth <references>; --list prints the operations

filters
  --flow, --step, --request, --correlation, --error <code>, --from <time>, --to <time>

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

/** Options of each command. */
const COMMON: readonly string[] = ["stack", "url", "key", "data", "json", "help"];

const text = { type: "string" } as const;
const OPTIONS = {
  ...Object.fromEntries(
    [
      "state",
      "status",
      "flow",
      "step",
      "request",
      "correlation",
      "business-key",
      "error",
      "from",
      "to",
      "reason",
      "answer",
      "answers",
      "by",
      "verb",
      "until",
      "for",
      "why",
      "operations",
      "out",
      "name",
      "depth",
      "limit",
      "rate",
      "trigger",
      "stack",
      "url",
      "key",
      "data",
    ].map((name) => [name, text]),
  ),
  all: { type: "boolean" },
  list: { type: "boolean" },
  yes: { type: "boolean" },
  mermaid: { type: "boolean" },
  otlp: { type: "boolean" },
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
  const { why, ...others } = values as Readonly<Record<string, string | boolean | undefined>>;
  const options = why === undefined ? others : { reason: why, ...others };
  const [area, ...rest] = positionals;
  if (options.help || area === undefined) return HELP;
  const [name = "", ...ids] = rest;
  if (area === "replay" && rest.length === 0) {
    refuseOthers("replay", ["flow", "step", "from", "to", "reason"], options);
    return replay(connect(options as Record<string, string>), options);
  }
  if (area === "hold" || area === "release") {
    refuseOthers(area, area === "hold" ? ["until", "for", "reason"] : ["reason"], options);
    const run = area === "hold" ? hold : release;
    return run(connect(options as Record<string, string>), rest, options);
  }
  if (area === "holds" && rest.length === 0) {
    refuseOthers("holds", [], options);
    return holds(connect(options as Record<string, string>), options);
  }
  if (area === "audit" && rest.length === 0) {
    refuseOthers("audit", AUDIT_PARAMETERS, options);
    return audit(connect(options as Record<string, string>), options);
  }
  if (area === "adapter" && name === "from-openapi") {
    refuseOthers("adapter from-openapi", ["operations", "out", "name", "depth", "list"], options);
    const [file, ...more] = ids;
    if (file === undefined || more.length > 0)
      throw new CliError("adapter from-openapi takes one file. Name an OpenAPI document.");
    // The generator and its packages are loaded for this command alone.
    const { fromOpenApi, OpenApiError } = await import("../tools/from-openapi/command.ts");
    return fromOpenApi(file, options, (line) => process.stderr.write(`${line}\n`)).catch((error: unknown) => {
      throw error instanceof OpenApiError ? new CliError(error.message) : error;
    });
  }
  if (area === "flow" && name === "new") {
    refuseOthers("flow new", ["trigger"], options);
    const [flow, ...more] = ids;
    if (flow === undefined || more.length > 0) throw new CliError("flow new takes one name. Give one such as order-export.");
    const { newFlow, NewFlowError } = await import("../tools/new-flow/new-flow.ts");
    return newFlow(flow, options.trigger as string | undefined, process.cwd()).catch((error: unknown) => {
      throw error instanceof NewFlowError ? new CliError(error.message) : error;
    });
  }
  if (area === "trace") {
    refuseOthers("trace", ["mermaid", "otlp"], options);
    return trace(connect(options as Record<string, string>), rest, options, terminal());
  }
  if (area === "requests" && name === "list" && ids.length === 0) {
    refuseOthers("requests list", REQUEST_FILTERS, options);
    return listRequests(connect(options as Record<string, string>), options);
  }
  const command = area === "dead-letters" ? DEAD_LETTERS[name] : undefined;
  if (!command) throw new CliError(`Unknown command "${positionals.join(" ")}". See npm run hub -- --help.`);
  refuseOthers(`dead-letters ${name}`, command.takes, options);
  return command.run(connect(options as Record<string, string>), ids, options, process.stdin.isTTY ? ask : undefined);
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
