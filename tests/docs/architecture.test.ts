import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { DeadLetterAttributes } from "../../protocol/dead-letter.ts";
import { CLOCK, VARIABLES } from "../../protocol/environment.ts";
import { hubHandler, stepHandler, triggerHandler } from "../../protocol/handlers.ts";
import * as table from "../../protocol/table.ts";

const read = (page: string) => readFileSync(new URL(`../../docs/${page}`, import.meta.url), "utf8");
/** @returns a section of docs/internals.md */
const section = (heading: string, page = "internals.md") => read(page).split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
const rowsOf = (heading: string) => [...section(heading).matchAll(/^\| (`.*) \|$/gm)].map(([, row = ""]) => row.split(" | "));
const codeIn = (cell = "") => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);

describe("docs/architecture.md and docs/internals.md", () => {
  it("lists each variable of a function, and no other", () => {
    const listed = rowsOf("Environment of a function").flatMap(([names]) => codeIn(names));
    expect(listed).to.have.members([...Object.values(VARIABLES).map(({ name }) => name), CLOCK, "NODE_OPTIONS"]);
  });

  it("lists each key of the state table, and no other", () => {
    const listed = rowsOf("State table").flatMap(([pk, sk]) => codeIn(sk).map((sort) => `${codeIn(pk)[0]} ${sort}`));
    const keys = [
      table.deliveryKey("<flow>", "<step>", "<delivery>"),
      { ...table.deliveryPieceKey(table.deliveryKey("<flow>", "<step>", "<delivery>"), "<owner>", 0), sk: "result#<owner>#<n>" },
      table.joinKey("<flow>", "<step>", "<key>"),
      { ...table.joinKey("<flow>", "<step>", "<key>"), sk: "record#<n>" },
      table.joinPartKey(table.joinKey("<flow>", "<step>", "<key>"), "<eventId>"),
      table.joinOutcomeKey(table.joinKey("<flow>", "<step>", "<key>")),
      table.serialKey("<flow>", "<step>", "<key>"),
      table.rateKey("<adapter>"),
      table.tokenKey("<adapter>"),
      table.breakerKey("<adapter>"),
      table.summaryKey("<requestId>"),
      table.childKey("<requestId>", "<requestId>"),
      table.againKey("<requestId>", "<requestId>"),
      table.inputKey("<requestId>"),
      table.schemasKey("<flow>", "<trigger>", "<event>"),
      table.workKey("<requestId>", "<step>", "<delivery>"),
      table.undoKey("<requestId>", "<finishedAt>", "<step>", "<delivery>"),
      table.formerFactKey("<requestId>", "<step>", "<delivery>"),
      table.deadLetterKey("<id>"),
      { ...table.messageKey("<id>", 0), sk: "message#<n>" },
      { ...table.editKey("<id>", "<edit>", 0), sk: "edit#<edit>#<n>" },
      table.sweepKey,
      table.groupKey("<group>"),
      table.jobKey("job-<time>-<id>"),
      { ...table.jobChoiceKey("<job>", 0), sk: "choice#<job>#<piece>" },
      table.holdsKey,
      table.cancelledKey("<requestId>"),
      { ...table.auditKey("<day>", ""), sk: "<time>#<id>" },
      table.targetsKey("<flow>"),
      table.routeKey("<method> <path>"),
      table.admissionKey("<flow>"),
      table.pollKey("<flow>", "<trigger>"),
      table.webhookKey("<flow>", "<trigger>", "<requestId>"),
      table.businessKey("<value>", "<tenant>", "<created at>#<request id>"),
      table.graphKey("<flow>", "<hash>"),
    ];
    expect(listed).to.have.members(keys.map(({ pk, sk }) => `${pk} ${sk}`));
  });

  it("lists which folder of components/ imports which, and each of them once", () => {
    const root = new URL("../../components/", import.meta.url).pathname;
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
      (file) => file.includes("/") && file.endsWith(".ts"),
    );
    const imported = new Map<string, Set<string>>();
    for (const file of files) {
      const [folder = ""] = file.split("/");
      const others = [...readFileSync(join(root, file), "utf8").matchAll(/ from "(\.[^"]+)"/g)]
        .map(([, path = ""]) => normalize(join(dirname(file), path)))
        .filter((path) => !path.startsWith(".."))
        .map((path) => path.split("/")[0] ?? "");
      imported.set(folder, new Set([...(imported.get(folder) ?? []), ...others.filter((other) => other !== folder)]));
    }
    const rows = [...section("Folders and imports", "architecture.md").matchAll(/^\| `([\w-]+)` \| [^|]+ \| ([^|]+) \|$/gm)];
    const listed = rows.map(([, folder = "", others = ""]) => [folder, codeIn(others)] as const);
    expect(Object.fromEntries(listed)).to.have.all.keys(...imported.keys());
    for (const [i, [folder, others]] of listed.entries()) {
      expect(others, folder).to.have.members([...(imported.get(folder) ?? [])]);
      const below = listed.slice(i + 1).map(([name]) => name);
      for (const other of others) expect(below, `${folder} imports ${other}, which stands above it`).to.include(other);
    }
  });

  it("gives the keys of a join's and a serial step's group", () => {
    for (const group of [
      table.joinGroup.request("<requestId>"),
      table.joinGroup.value("<tenant>", "<value>"),
      table.serialGroup("<tenant>", "<value>"),
    ])
      expect(section("State table")).to.include(`\`${group}\``);
  });

  it("names attributes, indexes and their keys", () => {
    const names = Object.values(table.INDEXES).flatMap(({ name, partition, sort }) => [name, partition, sort]);
    for (const name of [table.PARTITION_KEY, table.SORT_KEY, table.EXPIRES_AT, ...names, ...Object.values(table.DOCUMENTS)])
      expect(section("State table"), name).to.include(`\`${name}\``);
  });

  it("names the attributes of a dead letter", () => {
    const attributes: Readonly<Record<keyof DeadLetterAttributes, true>> = {
      flow: true,
      step: true,
      requestId: true,
      correlationId: true,
      errorCode: true,
      attempts: true,
      delivery: true,
      message: true,
      requests: true,
      calls: true,
      supplied: true,
      edit: true,
    };
    for (const name of Object.keys(attributes)) expect(section("Dead letters"), name).to.include(`\`${name}\``);
  });

  it("names the handlers", () => {
    const hubHandlers = (["ledger", "status", "recorder", "ops", "sweeper", "authorizer"] as const).map(hubHandler);
    for (const handler of [...hubHandlers, stepHandler("<step>"), triggerHandler("<trigger>")])
      expect(section("Code of a function")).to.include(`\`${handler}\``);
  });
});
