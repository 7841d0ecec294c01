import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { after, afterEach, beforeEach, describe, it } from "mocha";
import { Functions } from "../../../emulator/lambda/functions.ts";
import { type LogLine, LogStore } from "../../../emulator/lambda/log-store.ts";
import { FakeAuthorizer, FUNCTION_ARN, functionOf, temporary } from "./support.ts";

describe("lambda / functions", () => {
  const folder = temporary();
  let authorizer: FakeAuthorizer;
  let lines: LogLine[];
  let logs: LogStore;
  let functions: Functions;
  beforeEach(() => {
    authorizer = new FakeAuthorizer();
    lines = [];
    logs = new LogStore(join(folder.dir, "logs"), (line) => lines.push(line));
    functions = new Functions({
      authorizer,
      logs,
      logGroupArn: (name) => `arn:aws:logs:us-east-1:123456789012:log-group:${name}`,
    });
  });
  afterEach(async () => {
    await functions.close(0);
    await logs.close();
  });
  after(() => folder.remove());
  const run = async (code: string, event: unknown = {}, overrides = {}) => {
    functions.put(functionOf(folder.dir, code, overrides));
    return functions.invoke(FUNCTION_ARN, event, undefined);
  };
  const errorOf = async (code: string, overrides = {}) => {
    const result = await run(code, {}, overrides);
    return result.ok ? expect.fail("it succeeded") : result.error;
  };

  it("passes the event and context to the handler, with only the function's environment variables", async () => {
    const code = `export const handler = async (event, context) => ({ event, id: context.awsRequestId, name: context.functionName, arn: context.invokedFunctionArn,
      memory: context.memoryLimitInMB, group: context.logGroupName, left: context.getRemainingTimeInMillis(), env: { ...process.env } });`;
    const result = await run(code, { a: [1, "é"] }, { environment: { HUB_FLOW: "x" } });
    if (!result.ok) return expect.fail(result.error.errorMessage);
    const { left, env, ...payload } = result.payload as { left: number; env: Record<string, string> };
    expect(payload).to.deep.equal({
      event: { a: [1, "é"] },
      id: result.requestId,
      name: "f",
      arn: FUNCTION_ARN,
      memory: "128",
      group: "/aws/lambda/f",
    });
    expect(left).to.be.within(1, 20_000);
    expect(Object.keys(env)).to.have.members(["HUB_FLOW", "AWS_LAMBDA_LOG_STREAM_NAME"]);
  });

  it("finds no package above the function's own folder, by import and by require", async () => {
    mkdirSync(join(folder.dir, "node_modules/near"), { recursive: true });
    writeFileSync(join(folder.dir, "node_modules/near/index.js"), "module.exports = 1;");
    for (const code of [
      `import near from "near"; export const handler = () => near;`,
      `import { createRequire } from "node:module"; const near = createRequire(import.meta.url)("near"); export const handler = () => near;`,
    ])
      expect((await errorOf(code)).errorMessage).to.match(/Cannot find package 'near' imported from file:/);
  });

  it("issues separate credentials to each execution environment, and ends the environment that crashes", async () => {
    let sessions = 0;
    const session = () => ({ AWS_ACCESS_KEY_ID: `KEY-${++sessions}` });
    const code = `export const handler = async ({ wait }) => wait ? new Promise(() => setInterval(() => {}, 1_000)) : process.env.AWS_ACCESS_KEY_ID;`;
    functions.put(functionOf(folder.dir, code, { session }));
    const hanging = functions.invoke(FUNCTION_ARN, { wait: true }, undefined);
    const other = await functions.invoke(FUNCTION_ARN, {}, undefined);
    // Either environment may be ready first.
    const free = other.ok ? other.payload : expect.fail(other.error.errorMessage);
    expect(["KEY-1", "KEY-2"]).to.include(free);
    await functions.crash(free === "KEY-1" ? "KEY-2" : "KEY-1");
    const crashed = await hanging;
    expect(crashed.ok || crashed.error.errorType).to.equal("Runtime.ExitError");
    expect(await functions.invoke(FUNCTION_ARN, {}, undefined)).to.include({ ok: true, payload: free });
  });

  it("keeps its worker warm, and uses another worker for a concurrent invocation", async () => {
    const code = `let n = 0; export const handler = async ({ wait }) => wait ? new Promise(() => setInterval(() => {}, 1_000)) : ++n;`;
    functions.put(functionOf(folder.dir, code));
    const first = [];
    for (let i = 0; i < 3; i++) first.push(await functions.invoke(FUNCTION_ARN, {}, undefined));
    expect(first.map((result) => result.ok && result.payload)).to.deep.equal([1, 2, 3]);
    void functions.invoke(FUNCTION_ARN, { wait: true }, undefined);
    const many = await Promise.all(Array.from({ length: 12 }, () => functions.invoke(FUNCTION_ARN, {}, undefined)));
    const counts = many.map((result) => (result.ok ? Number(result.payload) : expect.fail(result.error.errorMessage)));
    expect(counts, "at most four workers, one of them busy, so one of the others ran four or more").to.satisfy(
      (all: number[]) => Math.max(...all) >= 4 && all.includes(1),
    );
  });

  it("limits concurrent initializations, and lets ready environments run the waiting invocations", async () => {
    const loads = join(folder.dir, "loads");
    // Blocks the thread as loading a bundle does, so that concurrent loads can be counted.
    const code = `import { appendFileSync } from "node:fs";
      const record = (what) => appendFileSync(${JSON.stringify(loads)}, what + "\\n");
      record("+"); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30); record("-");
      export const handler = async () => "done";`;
    const arns = Array.from({ length: 5 }, (_, n) => `${FUNCTION_ARN}-${n}`);
    for (const arn of arns) functions.put({ ...functionOf(folder.dir, code), arn });
    const all = await Promise.all(arns.flatMap((arn) => Array.from({ length: 6 }, () => functions.invoke(arn, {}, undefined))));
    expect(all.filter(({ ok }) => !ok)).to.deep.equal([]);
    let now = 0;
    const most = Math.max(...linesOf(loads).map((line) => (now += line === "+" ? 1 : -1)));
    expect(most).to.be.within(1, availableParallelism());
  });

  it("runs new code in new workers, and finishes running invocations in the old ones", async () => {
    functions.put(
      functionOf(folder.dir, `export const handler = (event) => new Promise((done) => setTimeout(done, 50, "old"));`),
    );
    const old = functions.invoke(FUNCTION_ARN, {}, undefined);
    const renewed = await run(`export const handler = async () => "new";`);
    expect(renewed).to.include({ ok: true, payload: "new" });
    expect(await old).to.include({ ok: true, payload: "old" });
  });

  it("returns an error as Lambda does, and logs it", async () => {
    const error = await errorOf(`export const handler = async () => { throw new TypeError("no such thing"); };`);
    expect(error).to.include({ errorType: "TypeError", errorMessage: "no such thing" });
    expect(error.trace?.[0]).to.equal("TypeError: no such thing");
    expect(error.trace?.[1]).to.match(/index\.mjs:1:/);
    expect(lines.map(({ message }) => message)).to.satisfy((messages: string[]) =>
      messages.some((text) => text.startsWith('Invoke Error {"errorType":"TypeError"')),
    );
  });

  it("maps stack traces by the bundle's source map", async () => {
    // Line 1 of index.mjs comes from line 7 of handler.ts.
    const map = JSON.stringify({ version: 3, sources: ["handler.ts"], names: [], mappings: "AAMA" });
    const code = `export const handler = async () => { throw new Error("mapped"); };\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString("base64")}`;
    expect((await errorOf(code)).trace?.join("\n")).to.match(/handler\.ts:7:/);
  });

  it("fails at the timeout with AWS's message, and runs the next invocation in a new worker", async () => {
    const code = `export const handler = async (event) => { if (event.stall) for (;;); return "fine"; };`;
    functions.put(functionOf(folder.dir, code, { timeoutSeconds: 1 }));
    const stalled = await functions.invoke(FUNCTION_ARN, { stall: true }, undefined, "rid");
    expect(stalled).to.deep.equal({
      ok: false,
      requestId: "rid",
      error: { errorType: "Sandbox.Timedout", errorMessage: "RequestId: rid Error: Task timed out after 1.00 seconds" },
    });
    expect(await functions.invoke(FUNCTION_ARN, {}, undefined)).to.include({ ok: true, payload: "fine" });
  });

  for (const [what, code, errorType, errorMessage, overrides] of [
    [
      "an exit",
      `export const handler = () => process.exit(3);`,
      "Runtime.ExitError",
      /^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: exit status 3$/,
    ],
    [
      "an unhandled rejection",
      `export const handler = () => { Promise.reject(new Error("lost")); return new Promise((done) => setTimeout(done, 5_000)); };`,
      "Runtime.UnhandledPromiseRejection",
      /^lost$/,
    ],
    [
      "too much memory",
      `const held = []; export const handler = async () => { for (;;) held.push(new Array(1e5).fill({})); };`,
      "Runtime.OutOfMemory",
      /signal: killed$/,
    ],
    [
      "a module that can't be found",
      `import "./missing.mjs"; export const handler = 1;`,
      "Runtime.ImportModuleError",
      /^Error: Cannot find module .*missing\.mjs/,
    ],
    ["broken code", `export const handler = ;`, "Runtime.UserCodeSyntaxError", /^SyntaxError: Unexpected token/],
    [
      "a handler that is not there",
      `export const other = 1;`,
      "Runtime.HandlerNotFound",
      /^index\.handler is undefined or not exported$/,
    ],
    [
      "a file that is not there",
      "",
      "Runtime.ImportModuleError",
      /^Error: Cannot find module 'main'$/,
      { handler: "main.handler" },
    ],
  ] as const) {
    it(`returns ${what} as Lambda does`, async () => {
      const error = await errorOf(code, overrides);
      expect(error.errorType).to.equal(errorType);
      expect(error.errorMessage).to.match(errorMessage);
    });
  }

  it("writes each line of a function's log with its invocation, complete and in order", async () => {
    const code = `export const handler = async () => { console.log("plain"); process.stdout.write('{"level":"in'); process.stdout.write('fo"}\\n'); console.error("last"); return 1; };`;
    const { requestId } = await run(code);
    expect(lines.map(({ message, invocation }) => [message, invocation])).to.deep.equal([
      ["plain", requestId],
      [{ level: "info" }, requestId],
      ["last", requestId],
    ]);
    await logs.close();
    const file = readFileSync(join(folder.dir, "logs", "f.jsonl"), "utf8")
      .trim()
      .split("\n");
    expect(JSON.parse(file.at(-1) ?? "")).to.include({ function: "f", message: "last", invocation: requestId });
  });

  it("drops the log of a role that may not write it", async () => {
    authorizer.denied.add("logs:PutLogEvents");
    expect(await run(`export const handler = async () => { console.log("x"); return 1; };`)).to.include({ ok: true });
    expect(lines).to.deep.equal([]);
    expect(authorizer.asked[0]?.resource).to.match(
      /^arn:aws:logs:us-east-1:123456789012:log-group:\/aws\/lambda\/f:log-stream:\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/,
    );
  });

  it("authorizes a service by the function's resource-based policy", async () => {
    functions.put(functionOf(folder.dir, `export const handler = async () => 1;`));
    functions.permit("Rule", FUNCTION_ARN, {
      action: "lambda:InvokeFunction",
      principal: "events.amazonaws.com",
      sourceArn: "arn:aws:events:us-east-1:123456789012:rule/r",
    });
    const caller = {
      kind: "service",
      service: "events.amazonaws.com",
      sourceArn: "arn:aws:events:us-east-1:123456789012:rule/r",
    } as const;
    await functions.invoke(FUNCTION_ARN, {}, caller);
    const [asked] = authorizer.asked;
    expect(asked).to.deep.include({
      action: "lambda:InvokeFunction",
      resource: FUNCTION_ARN,
      context: { "aws:SourceArn": caller.sourceArn, "aws:SourceAccount": "123456789012" },
    });
    expect(JSON.parse(asked?.policy ?? "").Statement).to.deep.equal([
      {
        Sid: "Rule",
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "lambda:InvokeFunction",
        Resource: FUNCTION_ARN,
        Condition: { ArnLike: { "aws:SourceArn": caller.sourceArn } },
      },
    ]);
    authorizer.denied.add("lambda:InvokeFunction");
    expect(() => functions.invoke(FUNCTION_ARN, {}, caller)).to.throw(/not authorized to perform: lambda:InvokeFunction/);
  });

  it("throttles beyond the reserved concurrency", async () => {
    functions.put(
      functionOf(folder.dir, `export const handler = () => new Promise((done) => setTimeout(done, 20));`, {
        reservedConcurrency: 1,
      }),
    );
    const first = functions.invoke(FUNCTION_ARN, {}, undefined);
    expect(() => functions.invoke(FUNCTION_ARN, {}, undefined)).to.throw("Rate Exceeded.");
    expect(await first).to.include({ ok: true });
  });

  it("refuses an unknown function, and a payload that is too large", () => {
    expect(() => functions.invoke(FUNCTION_ARN, {}, undefined)).to.throw(`Function not found: ${FUNCTION_ARN}`);
    functions.put(functionOf(folder.dir, ""));
    expect(() => functions.invoke(FUNCTION_ARN, "x".repeat(6 * 1024 * 1024), undefined)).to.throw(
      /too large for the RequestResponse invocation type/,
    );
  });
});

const linesOf = (file: string) => readFileSync(file, "utf8").trimEnd().split("\n");
