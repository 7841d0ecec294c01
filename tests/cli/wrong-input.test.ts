import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { KNOWN_IDS } from "../../cli/arguments.ts";
import { CliError } from "../../cli/cli-error.ts";
import { COMMANDS, COMMON } from "../../cli/commands.ts";
import { OPTIONS, runCommand } from "../../cli/run-command.ts";
import { fakeDependencies } from "../runtime/fakes/dependencies.ts";
import { servedOps } from "./served-ops.ts";

/** 16 digits that no dead letter has. */
const NONE = "0123456789abcdef";
const PERIOD = "--from 2026-11-24T10:00:00Z --to 2026-11-24T11:00:00Z";

/** Command -> words and options after it, and what it answers. Unknown options, missing values and extra words are derived below. */
const WRONG: Readonly<Record<string, readonly (readonly [given: string, problem: string])[]>> = {
  status: [
    ["--flow nope", "The hub has no flow nope. It has orders."],
    ["--flow=", "--flow is empty. Give it a value, or leave it out."],
    ["--flow orders --flow orders", "--flow is given twice. Give it once."],
    ["--url nope --key k", `The hub's address is "nope". Give one that begins with https:// or http://.`],
    ["--url http://127.0.0.1", "Only one of --url and --key is given. Give both, or neither."],
    [
      "--url http://127.0.0.1 --key k --stack dev",
      "--stack, --url with --key, and --data name different hubs. Give one of the three.",
    ],
    ["--stack dev --data .hub", "--stack, --url with --key, and --data name different hubs. Give one of the three."],
    ["--data missing", "No hub runs on missing. Start one with npm start, or name a stack on AWS with --stack."],
    ["--json=yes", "--json takes no value. Write --json alone."],
  ],
  tail: [
    ["--level loud", '--level is "loud". Give one of debug, info, warn, error.'],
    ["--step ship", "--step needs --flow, since steps of two flows may share a name. Give both."],
    ["--flow nope", "The hub has no flow nope. It has orders."],
    ["--flow orders --step nope", "Flow orders has no step nope. It has ship."],
  ],
  logs: [
    ["", `logs takes one id. ${KNOWN_IDS}`],
    ["a b", `logs takes one id. ${KNOWN_IDS}`],
    ["nope", `Nothing is known by nope, and no line of the last day has it. ${KNOWN_IDS}`],
    ["a --level loud", '--level is "loud". Give one of debug, info, warn, error.'],
    ["a --step ship", "--step needs --flow, since steps of two flows may share a name. Give both."],
    ["a --flow nope", "The hub has no flow nope. It has orders."],
  ],
  find: [
    ["", `find takes one id. ${KNOWN_IDS}`],
    ["a b", `find takes one id. ${KNOWN_IDS}`],
    ["nope", `Nothing is known by nope. ${KNOWN_IDS}`],
  ],
  trace: [
    ["", `trace takes one id. ${KNOWN_IDS}`],
    ["a b", `trace takes one id. ${KNOWN_IDS}`],
    ["nope", `Nothing is known by nope. ${KNOWN_IDS}`],
    ["a --json --mermaid", "--json, --mermaid and --otlp exclude each other. Give one of them."],
  ],
  "requests list": [
    ["--limit abc", '--limit is "abc". Give a whole number from 1 to 100.'],
    ["--limit 500", '--limit is "500". Give a whole number from 1 to 100.'],
    [
      "--status odd",
      "The hub answered 400: The parameter status is unknown. Use accepted, running, blocked, compensating, completed, failed, cancelled, compensated, compensation-failed.",
    ],
    ["--flow nope", "The hub has no flow nope. It has orders."],
    ["--from yesterday", '--from is "yesterday". Give a time such as 2026-11-24 or 2026-11-24T10:00:00Z.'],
    ["--from 2026-12-01 --to 2026-11-01", "--from is not before --to. Swap them."],
  ],
  "requests cancel": [
    ["", "requests cancel takes one id. Find it with requests list."],
    ["a b --why x", "requests cancel takes one id. Find it with requests list."],
    ["a", 'requests cancel needs a reason. Give --why "…".'],
    [
      "nope --why x",
      "The hub answered 404: There is no such request, or it has not been recorded yet. Find it with requests list.",
    ],
    ["nope --why=", "--why is empty. Give it a value, or leave it out."],
  ],
  "requests run-again": [
    ["", "requests run-again takes one id. Find it with requests list."],
    ["a", 'requests run-again needs a reason. Give --why "…".'],
    ["a b --why x", "requests run-again takes one id. Find it with requests list."],
    [
      "nope --why x",
      "The hub answered 404: There is no such request, or it has not been recorded yet. Find it with requests list.",
    ],
    ["--export missing.json --why x", "missing.json can't be read (ENOENT). Name a file that requests export wrote."],
    ["--export package.json --why x", "package.json is no file of an export. Name one that requests export wrote."],
    ["--export package.json", 'requests run-again needs a reason. Give --why "…".'],
  ],
  "requests export": [
    ["", "requests export takes ids, or filters such as --status failed. Give one of the two."],
    ["a --status failed", "requests export takes ids, or filters such as --status failed. Give one of the two."],
    [
      "--status odd",
      "The hub answered 400: The parameter status is unknown. Use accepted, running, blocked, compensating, completed, failed, cancelled, compensated, compensation-failed.",
    ],
    ["--flow nope", "The hub has no flow nope. It has orders."],
    [
      "nope",
      "refused nope: The hub answered 404: There is no such request, or it has not been recorded yet. Find it with requests list.",
    ],
  ],
  "dead-letters list": [
    ["--limit 0", '--limit is "0". Give a whole number from 1 to 1000.'],
    ["--state odd", "The hub answered 400: The state is unknown. Use open, redriven, completed, discarded."],
    ["--flow nope", "The hub has no flow nope. It has orders."],
    ["--flow orders --step nope", "Flow orders has no step nope. It has ship."],
    ["--step nope", "The hub has no step nope. It has ship."],
    ["--from yesterday", '--from is "yesterday". Give a time such as 2026-11-24 or 2026-11-24T10:00:00Z.'],
  ],
  "dead-letters groups": [
    ["cause", 'dead-letters groups takes no word "cause". Leave it out.'],
    ["--limit 5", "dead-letters groups takes no --limit. It takes --stack, --url, --key, --data, --json, --help."],
    ["--flow orders", "dead-letters groups takes no --flow. It takes --stack, --url, --key, --data, --json, --help."],
  ],
  "dead-letters note": [
    ["", "dead-letters note takes one id of a group. Find it with dead-letters groups."],
    [`${NONE}`, 'dead-letters note needs --note "…", --owner <name> or both. Give an empty text to take one away.'],
    ["a b --note x", "dead-letters note takes one id of a group. Find it with dead-letters groups."],
    [`${NONE} --note x`, "The hub answered 404: There is no such group of open dead letters. Find it with dead-letters groups."],
  ],
  "dead-letters show": [
    ["", "dead-letters show takes one id. Find it with dead-letters list."],
    ["a b", "dead-letters show takes one id. Find it with dead-letters list."],
    ["nope", '"nope" is no id of a dead letter: 16 of the digits 0 to 9 and a to f. Find it with dead-letters list.'],
    [`${NONE}`, "The hub answered 404: There is no such dead letter. Find it with dead-letters list --state any."],
  ],
  "dead-letters redrive": [
    ["", "dead-letters redrive takes ids, filters such as --flow, or --all. Give one of the three."],
    ["nope", '"nope" is no id of a dead letter: 16 of the digits 0 to 9 and a to f. Find it with dead-letters list.'],
    ["--all --flow orders", "dead-letters redrive takes ids, filters such as --flow, or --all. Give one of the three."],
    ["--all --rate 0", '--rate is "0". Give a whole number from 1 to 1000.'],
    ["--all --rate abc", '--rate is "abc". Give a whole number from 1 to 1000.'],
    ["--flow nope", "The hub has no flow nope. It has orders."],
    ["--from yesterday", '--from is "yesterday". Give a time such as 2026-11-24 or 2026-11-24T10:00:00Z.'],
  ],
  "dead-letters complete": [
    ["", "dead-letters complete takes one id. Find it with dead-letters list."],
    ["nope", '"nope" is no id of a dead letter: 16 of the digits 0 to 9 and a to f. Find it with dead-letters list.'],
    [
      `${NONE}`,
      "dead-letters complete takes one file. Give --answer <file.json>, or --answers <file.json> for a dead letter with several calls.",
    ],
    [
      `${NONE} --answer a --answers b`,
      "dead-letters complete takes one file. Give --answer <file.json>, or --answers <file.json> for a dead letter with several calls.",
    ],
    [`${NONE} --answer missing.json`, "missing.json can't be read (ENOENT). Correct the path."],
    [
      `${NONE} --answer Pulumi.yaml`,
      'Pulumi.yaml is not JSON. Write the answer as JSON: text as "ok", bytes as base64 in quotes, an empty answer as null.',
    ],
    [
      `${NONE} --answer package.json`,
      "The hub answered 404: There is no such dead letter. Find it with dead-letters list --state any.",
    ],
  ],
  "dead-letters edit": [
    ["", "dead-letters edit takes one id. Find it with dead-letters list."],
    [
      "nope --payload package.json --why x",
      '"nope" is no id of a dead letter: 16 of the digits 0 to 9 and a to f. Find it with dead-letters list.',
    ],
    [
      `${NONE}`,
      "dead-letters edit needs --payload <file.json>. Write the whole payload there; dead-letters show <id> prints it.",
    ],
    [`${NONE} --payload package.json`, 'dead-letters edit needs a reason. Give --why "…".'],
    [`${NONE} --payload missing.json --why x`, "missing.json can't be read (ENOENT). Correct the path."],
    [
      `${NONE} --payload Pulumi.yaml --why x`,
      "Pulumi.yaml is not JSON. Write the whole payload there; dead-letters show <id> prints it.",
    ],
    [
      `${NONE} --payload package.json --why x`,
      "The hub answered 404: There is no such dead letter. Find it with dead-letters list --state any.",
    ],
  ],
  "dead-letters discard": [
    ["", "dead-letters discard takes ids, filters such as --flow, or --all. Give one of the three."],
    ["--all", 'dead-letters discard needs a reason. Give --why "…".'],
    ["nope --why x", '"nope" is no id of a dead letter: 16 of the digits 0 to 9 and a to f. Find it with dead-letters list.'],
    [`${NONE} --all --why x`, "dead-letters discard takes ids, filters such as --flow, or --all. Give one of the three."],
    ["--flow nope --why x", "The hub has no flow nope. It has orders."],
    ["--from yesterday --why x", '--from is "yesterday". Give a time such as 2026-11-24 or 2026-11-24T10:00:00Z.'],
  ],
  "jobs list": [
    ["redrive", 'jobs list takes no word "redrive". Leave it out.'],
    ["--flow orders", "jobs list takes no --flow. It takes --stack, --url, --key, --data, --json, --help."],
    ["--limit 5", "jobs list takes no --limit. It takes --stack, --url, --key, --data, --json, --help."],
  ],
  "jobs start": [
    [
      "",
      "jobs start takes a verb. Give redrive or discard with filters or --all, or redrive, cancel or run-again with ids of requests.",
    ],
    [
      "odd",
      "jobs start takes a verb. Give redrive or discard with filters or --all, or redrive, cancel or run-again with ids of requests.",
    ],
    [
      "discard a",
      "jobs start takes a verb. Give redrive or discard with filters or --all, or redrive, cancel or run-again with ids of requests.",
    ],
    ["redrive --why x", "jobs start takes ids of requests, filters such as --group, or --all. Give one of the three."],
    ["redrive --all", 'jobs start needs a reason. Give --why "…".'],
    [
      "redrive --all --flow orders --why x",
      "jobs start takes ids of requests, filters such as --group, or --all. Give one of the three.",
    ],
    ["cancel a --all --why x", "jobs start takes ids of requests, filters such as --group, or --all. Give one of the three."],
    [
      "cancel --all --why x",
      "jobs start takes a verb. Give redrive or discard with filters or --all, or redrive, cancel or run-again with ids of requests.",
    ],
    ["run-again a", 'jobs start needs a reason. Give --why "…".'],
    ["redrive --all --rate 0 --why x", '--rate is "0". Give a whole number from 1 to 1000.'],
    ["redrive --all --stop-after some --why x", '--stop-after is "some". Give a whole number from 1 to 1000.'],
    ["redrive --flow nope --why x", "The hub has no flow nope. It has orders."],
    ["redrive --from yesterday --why x", '--from is "yesterday". Give a time such as 2026-11-24 or 2026-11-24T10:00:00Z.'],
  ],
  "jobs stop": [
    ["", "jobs stop takes one id. Find it with jobs list."],
    ["a b --why x", "jobs stop takes one id. Find it with jobs list."],
    ["nope", 'jobs stop needs a reason. Give --why "…".'],
    ["nope --why x", "The hub answered 404: There is no such job. Find it with jobs list."],
  ],
  replay: [
    ["", "replay needs --flow, --from and --to. Write times as 2026-11-24T10:00:00Z."],
    [`--flow nope ${PERIOD}`, "The hub answered 400: flow is not a flow of this hub. It has orders."],
    [`--flow orders --step nope ${PERIOD}`, "The hub answered 400: The flow has no step nope. It has ship."],
    [
      "--flow orders --from yesterday --to today",
      '--from is "yesterday". Give a time such as 2026-11-24 or 2026-11-24T10:00:00Z.',
    ],
    ["--flow orders --from 2026-11-24T12:00:00Z --to 2026-11-24T11:00:00Z", "--from is not before --to. Swap them."],
  ],
  audit: [
    [
      "--verb odd",
      '--verb is "odd". Give one of redrive, discard, complete, edit, noteGroup, startJob, stopJob, startReplay, hold, release, runTrigger, skipRuns, backfill, exportInput, runExport, cancel, runAgain.',
    ],
    ["--limit many", '--limit is "many". Give a whole number from 1 to 1000.'],
    ["--from yesterday", '--from is "yesterday". Give a time such as 2026-11-24 or 2026-11-24T10:00:00Z.'],
  ],
  hold: [
    ["", "hold takes one name. Give a third party, a flow, or a step as <flow>/<step>."],
    ["a b --for 1h --why x", "hold takes one name. Give a third party, a flow, or a step as <flow>/<step>."],
    ["a/b/c --for 1h --why x", "hold takes one name. Give a third party, a flow, or a step as <flow>/<step>."],
    ["erp --for 1h", 'hold needs a reason. Give --why "…".'],
    ["erp --why x", "The time takes --until or --for. Give one of them, such as --until 18:00 or --for 2h."],
    [
      "erp --why x --for 1h --until 18:00",
      "The time takes --until or --for. Give one of them, such as --until 18:00 or --for 2h.",
    ],
    ["erp --why x --for 2d", '--for is "2d". Give minutes or hours, such as 30m or 2h.'],
    ["erp --why x --until noon", '--until is "noon". Give a time such as 18:00 or 2026-11-24T18:00:00Z.'],
    [
      "erp --why x --for 48h",
      "The hub answered 400: until is more than 24 hours from now. Hold it for less, and extend it then.",
    ],
    ["nope --why x --for 1h", "The hub has no third party and no flow nope. It has erp, orders."],
    ["orders/nope --why x --for 1h", "The hub answered 400: Flow orders has no step nope. It has ship."],
  ],
  release: [
    ["", "release takes one name. Give a third party, a flow, or a step as <flow>/<step>."],
    ["a b", "release takes one name. Give a third party, a flow, or a step as <flow>/<step>."],
    ["nope", "The hub has no third party and no flow nope. It has erp, orders."],
    ["erp", "The hub answered 409: third party erp is not held. Name what the list of holds has."],
    ["orders/nope", "The hub answered 400: Flow orders has no step nope. It has ship."],
  ],
  holds: [
    ["erp", 'holds takes no word "erp". Leave it out.'],
    ["--flow orders", "holds takes no --flow. It takes --stack, --url, --key, --data, --json, --help."],
    ["--limit 5", "holds takes no --limit. It takes --stack, --url, --key, --data, --json, --help."],
  ],
  "triggers run": [
    ["", "triggers run takes one name as <flow>/<trigger>. Find it with status."],
    ["orders", "triggers run takes one name as <flow>/<trigger>. Find it with status."],
    ["orders/nightly now", "triggers run takes one name as <flow>/<trigger>. Find it with status."],
    ["nope/nightly", "The hub answered 400: flow is not a flow of this hub. It has orders."],
    ["orders/nope", "The hub answered 400: Flow orders has no such schedule or poll. It has nightly."],
  ],
  "triggers skip": [
    ["", "triggers skip takes one name as <flow>/<trigger>. Find it with status."],
    ["orders --why x", "triggers skip takes one name as <flow>/<trigger>. Find it with status."],
    ["orders/nightly", 'triggers skip needs a reason. Give --why "…".'],
    ["orders/nightly --why x --for 2d", '--for is "2d". Give minutes or hours, such as 30m or 2h.'],
    [
      "orders/nightly --why x --for 1h --until 18:00",
      "The time takes --until or --for. Give one of them, such as --until 18:00 or --for 2h.",
    ],
    ["orders/nope --why x", "The hub answered 400: Flow orders has no such schedule or poll. It has nightly."],
  ],
  "triggers backfill": [
    ["", "triggers backfill takes one name as <flow>/<trigger>. Find it with status."],
    [`orders --why x ${PERIOD}`, "triggers backfill takes one name as <flow>/<trigger>. Find it with status."],
    [`orders/nightly ${PERIOD}`, 'triggers backfill needs a reason. Give --why "…".'],
    ["orders/nightly --why x", "triggers backfill needs --from and --to. Write times as 2026-11-24T10:00:00Z."],
    [
      "orders/nightly --why x --from yesterday --to today",
      '--from is "yesterday". Give a time such as 2026-11-24 or 2026-11-24T10:00:00Z.',
    ],
    [
      `orders/nightly --why x ${PERIOD}`,
      "The hub answered 400: The times of rate(1 day) are not known, so no run of it can be made up for. Run it now, or declare a cron.",
    ],
    [`orders/nope --why x ${PERIOD}`, "The hub answered 400: Flow orders has no such schedule or poll. It has nightly."],
  ],
  record: [
    ["", "record takes one third party. Name one, such as github."],
    ["a b", "record takes one third party. Name one, such as github."],
    ["Nope", '"Nope" is no name of a third party. Name one, such as github.'],
    ["erp", "No answer of erp was kept. Start the hub with npm start -- --live erp, and let a flow call it."],
  ],
  "flow new": [
    ["", "flow new takes one name. Give one, such as order-export."],
    ["a b", "flow new takes one name. Give one, such as order-export."],
    ["Order_Export", `"Order_Export" can't name a flow. Use kebab-case of at most 24 characters, such as order-export.`],
    ["order-to-erp", "flows/order-to-erp.ts exists. Remove it, or choose another name."],
    ["order-export --trigger odd", '"odd" is no trigger. Use api, webhook, schedule, poll, sync.'],
  ],
  "adapter new": [
    ["", "adapter new takes one name. Give one, such as price-list."],
    ["a b", "adapter new takes one name. Give one, such as price-list."],
    ["Price_List", `"Price_List" can't name an adapter. Use kebab-case of at most 30 characters, such as price-list.`],
    ["erp", "third-parties/erp.ts exists. Remove it, or choose another name."],
  ],
  "adapter from-openapi": [
    ["", "adapter from-openapi takes one file. Name an OpenAPI document."],
    ["a b", "adapter from-openapi takes one file. Name an OpenAPI document."],
    ["missing.yaml --list", "missing.yaml can't be read. Name the file of an OpenAPI document."],
    [
      "Pulumi.yaml --list",
      "Pulumi.yaml is no OpenAPI 3.0 or 3.1 document: openapi: Invalid input: expected string, received undefined. Name such a document.",
    ],
    ["docs/openapi.yaml", "No operation is chosen. Name some with --operations a,b; --list prints all."],
    ["docs/openapi.yaml --operations nope", 'The document has no operation "nope". Print all with --list.'],
    [
      "docs/openapi.yaml --list --operations a",
      "--list prints operations, and writes no adapter. Leave --operations, --out, --name and --depth out.",
    ],
  ],
  completion: [
    ["", "completion takes one shell. Give one of bash, zsh, fish."],
    ["odd", "completion takes one shell. Give one of bash, zsh, fish."],
    ["bash zsh", "completion takes one shell. Give one of bash, zsh, fish."],
  ],
};

const AROUND = {
  to: { width: 100, colours: false, fits: false },
  print: () => {},
  ask: undefined,
  signal: new AbortController().signal,
};

describe("cli / wrong input", () => {
  let hub: { readonly url: string; readonly close: () => void };
  let folder: string;
  before(async () => {
    const around = fakeDependencies();
    const target = { queueUrl: "q", queueArn: "q", ruleArn: "r", functionArn: "f" };
    const timers = { nightly: { kind: "schedule", expression: "rate(1 day)", timezone: "UTC", enabled: true } };
    const targets = { flow: "orders", graph: "g", deadLetterArn: "d", steps: { ship: target }, thirdParties: ["erp"], timers };
    around.table.items.set("targets|orders", { pk: "targets", sk: "orders", targets: JSON.stringify(targets) });
    hub = await servedOps(around);
    folder = mkdtempSync(join(tmpdir(), "hub-cli-"));
    const running = { apiUrl: hub.url, consoleUrl: hub.url, sandboxUrl: hub.url, apiKeys: { ops: "key" }, operators: ["ops"] };
    writeFileSync(join(folder, "running.json"), JSON.stringify(running));
  });
  after(() => {
    hub.close();
    rmSync(folder, { recursive: true });
  });

  /** @returns the line that the command reports; an error of another class, which would have a stack, fails the test */
  async function reportOf(args: readonly string[]): Promise<string> {
    const isNamed = args.some((word) => /^--(?:url|key|stack|data)\b/.test(word));
    return runCommand([...args, ...(isNamed ? [] : ["--data", folder])], AROUND).then(
      (text) => expect.fail(`it succeeded: ${text}`),
      (error: unknown) => {
        if (error instanceof CliError) return error.message;
        throw error;
      },
    );
  }

  it("has at least three rows for each command", () => {
    const rows = Object.keys(COMMANDS).map((command) => [command, Math.min(3, WRONG[command]?.length ?? 0)]);
    expect(rows).to.deep.equal(Object.keys(COMMANDS).map((command) => [command, 3]));
    expect(Object.keys(WRONG).filter((command) => !(command in COMMANDS))).to.deep.equal([]);
  });

  for (const [command, { takes, words }] of Object.entries(COMMANDS))
    it(`${command}: an unknown option, one of another command, one without a value or twice, and a word too many`, async () => {
      const names = [...takes.map((name) => (name === "reason" ? "why" : name)), ...COMMON];
      const report = (...args: string[]) => reportOf([...command.split(" "), ...args]);
      const known = names.map((name) => `--${name}`).join(", ");
      for (const other of ["--nope", "--depht=1", "-x", ...(names.includes("step") ? [] : ["--step"])])
        expect(await report(other, "orders")).to.equal(`${command} takes no ${other.split("=")[0]}. It takes ${known}.`);
      for (const name of names.filter((one) => OPTIONS[one]?.type === "string")) {
        expect(await report(`--${name}`, "--json")).to.equal(`--${name} has no value. Write --${name} <value>.`);
        expect(await report(`--${name}`, "a", `--${name}=b`)).to.equal(`--${name} is given twice. Give it once.`);
      }
      if (!words) expect(await report("more")).to.equal(`${command} takes no word "more". Leave it out.`);
    });

  for (const [given, problem] of [
    ["", /^Operates a hub: npm run hub/],
    ["statsu", 'There is no command "statsu". Give one of status, tail, logs, find, trace, requests, dead-letters, jobs, '],
    ["dead-letters", "dead-letters needs a second word. Give one of list, groups, note, show, "],
    ["jobs lst", 'jobs has no command "lst". Give one of list, start, stop.'],
    ["--nope", "Unknown option '--nope'. See npm run hub -- --help."],
  ] as const)
    it(`hub ${given}`, async () => {
      const args = given.split(" ").filter((word) => word !== "");
      const said = await runCommand(args, AROUND).catch(({ message }: Error) => message);
      if (typeof problem === "string") expect(said?.slice(0, problem.length)).to.equal(problem);
      else expect(said).to.match(problem);
    });

  for (const [command, rows] of Object.entries(WRONG))
    for (const [given, problem] of rows)
      it(`${command} ${given}`, async () => {
        const report = await reportOf([...command.split(" "), ...given.split(" ").filter((word) => word !== "")]);
        expect(report).to.equal(problem);
        // Where and what, then how to mend it, in one line.
        expect(report).to.match(/^[^\n]*\S\. [A-Z`"-][^\n]*\.$/);
      });
});
