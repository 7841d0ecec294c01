import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { CallLog } from "../../../local/sandbox/call-log.ts";

describe("sandbox / call log", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "calls-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("keeps the last 10,000 calls", () => {
    const log = new CallLog(join(folder, "calls.db"));
    for (let n = 1; n <= 10_200; n++) {
      log.received({
        time: "t",
        target: "a",
        operation: "o",
        method: "POST",
        path: `/${n}`,
        headers: {},
        body: null,
        idempotencyKey: null,
      });
    }
    const kept = log.calls({});
    log.close();
    expect(kept).to.have.length(10_000);
    expect([kept[0]?.path, kept.at(-1)?.path]).to.deep.equal(["/201", "/10200"]);
  });
});
