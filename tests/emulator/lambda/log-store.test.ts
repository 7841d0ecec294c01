import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { LogStore } from "../../../emulator/lambda/log-store.ts";

const DAY = 24 * 3_600_000;

describe("lambda / log store", () => {
  let dir: string;
  let problems: string[];
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "hub-logs-"));
    problems = [];
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const store = (bounds?: { readonly maxBytes: number; readonly maxAgeMs: number }) =>
    new LogStore(dir, undefined, (message) => problems.push(message), bounds);
  const messages = (file: string) =>
    readFileSync(join(dir, file), "utf8")
      .split("\n")
      .flatMap((line) => (line.startsWith('{"timestamp"') ? [(JSON.parse(line) as { message: unknown }).message] : []));

  it("drops lines while the disk is full, reports it once, and logs on in other files", async () => {
    symlinkSync("/dev/full", join(dir, "full.jsonl"));
    const logs = store();
    for (let n = 0; n < 3; n++) {
      logs.append("full", "s", undefined, `line ${n}\n`);
      await new Promise((next) => setTimeout(next, 20));
    }
    logs.append("fine", "s", undefined, "line\n");
    await logs.close();
    expect(problems.map((problem) => problem.replace(dir, ""))).to.deep.equal([
      "The log /full.jsonl can't be written: ENOSPC: no space left on device, write. Its lines are dropped until it can.",
    ]);
    expect(messages("fine.jsonl")).to.deep.equal(["line"]);
  });

  it("survives a file that can't be opened", async () => {
    mkdirSync(join(dir, "folder.jsonl"));
    const logs = store();
    logs.append("folder", "s", undefined, "a line\n");
    await new Promise((next) => setTimeout(next, 20));
    logs.append("folder", "s", undefined, "another\n");
    await logs.close();
    expect(problems).to.have.length(1);
    expect(problems[0]).to.include("EISDIR");
  });

  it("begins a new line after one that was cut off", async () => {
    writeFileSync(join(dir, "torn.jsonl"), '{"timestamp":"2026-11-24T1');
    const logs = store();
    logs.append("torn", "s", undefined, "whole\n");
    await logs.close();
    expect(readFileSync(join(dir, "torn.jsonl"), "utf8")).to.match(/^\{"timestamp":"2026-11-24T1\n\{"timestamp".*"whole"\}\n$/);
  });

  it("keeps two files a function, each within its size", async () => {
    const logs = store({ maxBytes: 2_000, maxAgeMs: DAY });
    for (let n = 0; n < 200; n++) logs.append("busy", "s", undefined, `line ${n}\n`);
    await logs.close();
    expect(readdirSync(dir)).to.have.members(["busy.jsonl", "busy.jsonl.1"]);
    for (const file of readdirSync(dir)) expect(readFileSync(join(dir, file)).length).to.be.below(2_200);
    expect(messages("busy.jsonl").at(-1)).to.equal("line 199");
  });

  it("rotates a file that is too old, and removes what nothing has written for two periods", async () => {
    writeFileSync(join(dir, "gone.jsonl"), "{}\n");
    const long = (Date.now() - 3 * DAY) / 1_000;
    utimesSync(join(dir, "gone.jsonl"), long, long);
    const first = store({ maxBytes: 1_000_000, maxAgeMs: DAY });
    first.append("old", "s", undefined, "first\n");
    await first.close();
    expect(readdirSync(dir)).to.deep.equal(["old.jsonl"]);
    const second = store({ maxBytes: 1_000_000, maxAgeMs: 0 });
    second.append("old", "s", undefined, "second\n");
    await second.close();
    expect(messages("old.jsonl.1")).to.deep.equal(["first"]);
    expect(messages("old.jsonl")).to.deep.equal(["second"]);
  });

  it("divides a line without end", async () => {
    const lines: unknown[] = [];
    const logs = new LogStore(dir, ({ message }) => lines.push(message));
    for (let n = 0; n < 5; n++) logs.append("endless", "s", undefined, "x".repeat(500_000));
    expect(lines.map((line) => String(line).length)).to.deep.equal([1_048_576, 1_048_576]);
    await logs.close();
  });
});
