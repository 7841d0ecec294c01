import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { ROUTINE, terminalLine } from "../../local/terminal-lines.ts";

const ROOT = join(import.meta.dirname, "../..");
const at = "2026-11-28T19:12:38.286Z";
const scope = { flow: "order-to-erp", step: "validate", correlationId: "c-1", requestId: "c-1", coldStart: true, traceId: "0" };
const shown = (message: unknown) =>
  terminalLine({ timestamp: at, function: "order-to-erp-validate-ab7a277", message }, "/work/hub");

describe("what npm start prints of a function's log", () => {
  it("is what handlers log, with their own fields", () => {
    const line = {
      ...scope,
      level: "info",
      message: "customer found",
      customerId: "C-9",
      attempt: 1,
      timestamp: at,
      function: "f",
    };
    expect(shown(line)).to.equal('19:12:38 order-to-erp validate  customer found  {"customerId":"C-9"}');
    expect(shown("written while the module loads")).to.equal(
      "19:12:38 order-to-erp-validate-ab7a277  written while the module loads",
    );
  });

  it("is each failure, with its place in the author's file and what to run next", () => {
    const stack = [
      "TerminalError: twice",
      "    at order (/work/hub/flows/order-to-erp.ts:68:17)",
      "    at file:///work/hub/third-parties/erp.ts:7:3",
      "    at zod (/work/hub/node_modules/zod/index.js:1:1)",
      "    at within (file:///work/hub/.hub/code/895e/runtime.mjs:60:71631)",
      "    at node:internal/process/task_queues:104:5",
    ].join("\n");
    const line = {
      ...scope,
      level: "error",
      message: "step failed; message dead-lettered",
      code: "DUPLICATE_SKU",
      error: "twice",
      stack,
    };
    expect(
      shown(line)
        ?.split("\n")
        .map((text) => text.trim()),
    ).to.deep.equal([
      "19:12:38 order-to-erp validate  step failed; message dead-lettered: twice (DUPLICATE_SKU)",
      "at flows/order-to-erp.ts:68:17 (order)",
      "at third-parties/erp.ts:7:3",
      "correlation id c-1: npm run hub -- trace c-1",
    ]);
  });

  it("says when a failed attempt is repeated", () => {
    const line = {
      ...scope,
      level: "warn",
      message: "attempt failed; it is tried again",
      error: "no",
      nextAttemptAt: "2026-11-28T19:13:00.000Z",
    };
    expect(shown(line)).to.include("attempt failed; it is tried again: no; again at 19:13:00");
  });

  it("shows an error that a handler writes to the console", () => {
    const error = { name: "Error", message: "odd", stack: "Error: odd\n    at f (/work/hub/flows/a.ts:1:2)" };
    expect(shown({ ...scope, level: "error", message: "Error: odd", error })).to.include("at flows/a.ts:1:2 (f)");
  });

  it("moves no cursor", () => {
    expect(shown({ ...scope, level: "info", message: "a\u001b[2Jb\rc\nd" })).to.equal(
      "19:12:38 order-to-erp validate  a.[2Jb.c.d",
    );
  });

  it("leaves out what the hub logs of each delivery, and the hub's own functions", () => {
    expect(shown({ ...scope, level: "debug", message: "event received" })).to.equal(undefined);
    expect(shown({ level: "info", message: "dead letter recorded" })).to.equal(undefined);
    expect(shown({ level: "error", message: "the ledger failed" })).to.equal(
      "19:12:38 order-to-erp-validate-ab7a277  the ledger failed",
    );
    for (const message of ROUTINE) expect(shown({ ...scope, level: "info", message }), message).to.equal(undefined);
  });

  it("knows each line that the code of flows logs at info", () => {
    const files = globSync("runtime/{functions/{poll,step,sync,webhook},third-party}/**/*.ts", { cwd: ROOT });
    const logged = [...files, "runtime/functions/serve.ts"].flatMap((file) =>
      [...readFileSync(join(ROOT, file), "utf8").matchAll(/log\.info\("([^"]+)"/g)].map(([, text = ""]) => text),
    );
    // Refusals say what a caller did wrong, or an operator ordered, and the terminal shows them.
    const refusals = ["request refused", "webhook refused by its handler", "webhook of another type ignored", "poll held"];
    expect([...new Set(logged)].filter((text) => !refusals.includes(text)).sort()).to.deep.equal([...ROUTINE].sort());
  });
});
