import { existsSync, readdirSync } from "node:fs";
import { expect } from "chai";
import { after, afterEach, describe, it } from "mocha";
import { compiledDir } from "../../../emulator/lambda/code.ts";
import { Functions } from "../../../emulator/lambda/functions.ts";
import { LogStore } from "../../../emulator/lambda/log-store.ts";
import { SpareThreads } from "../../../emulator/lambda/spare-threads.ts";
import { WorkerThread } from "../../../emulator/lambda/worker-thread.ts";
import { FakeAuthorizer, FUNCTION_ARN, functionOf, temporary, until } from "./support.ts";

const CODE = `import { threadId } from "node:worker_threads";
  export const handler = () => ({ threadId, env: { ...process.env } });`;

describe("lambda / spare threads", () => {
  const folder = temporary();
  const environment = { NAME: "value", NODE_OPTIONS: "--enable-source-maps" };
  const spec = functionOf(folder.dir, CODE, { environment });
  let ended: (() => Promise<void>)[] = [];
  afterEach(async () => {
    await Promise.all(ended.map((end) => end()));
    ended = [];
  });
  after(() => folder.remove());

  const sparesOf = (environments: () => number) => {
    const spares = new SpareThreads(environments);
    ended.push(() => spares.close());
    return spares;
  };

  /** Whether there was a thread for such a function; it ends with the test. */
  const takes = (spares: SpareThreads, like = spec) => {
    const thread = spares.take(like);
    ended.push(async () => void (await thread?.terminate()));
    return thread !== undefined;
  };

  it("become environments, with the function's variables and no others", async () => {
    const spares = sparesOf(() => 0);
    spares.fill(spec, 1);
    const spare = spares.take(spec);
    const thread = new WorkerThread(spec, "stream", () => {}, new Map(), spare);
    ended.push(() => thread.end());
    await thread.ready();
    const result = await thread.invoke("{}", "id");
    expect(result).to.deep.equal({
      ok: true,
      requestId: "id",
      payload: { threadId: spare?.threadId, env: { ...environment, AWS_LAMBDA_LOG_STREAM_NAME: "stream" } },
    });
  });

  it("are for functions with their memory, and without variables that Node reads when it starts", () => {
    const spares = sparesOf(() => 0);
    spares.fill(spec, 1);
    expect(takes(spares, { ...spec, memoryMb: 256 })).to.equal(false);
    expect(takes(spares, { ...spec, environment: { NODE_OPTIONS: "--no-warnings" } })).to.equal(false);
    expect(takes(spares, { ...spec, environment: { NODE_EXTRA_CA_CERTS: "/ca.pem" } })).to.equal(false);
    expect(takes(spares)).to.equal(true);
    expect(takes(spares), "the only one").to.equal(false);
  });

  it("make up for the threads that functions lack, again when some have ended", async () => {
    let environments = 1;
    const spares = sparesOf(() => environments);
    spares.fill(spec, 2);
    expect([takes(spares), takes(spares)]).to.deep.equal([true, false]);
    environments = 2;
    spares.refill();
    expect(takes(spares), "functions have two").to.equal(false);
    environments = 1;
    spares.refill();
    await until(() => takes(spares), "one is booted");
  });

  it("go on after one that ended before it was booted", async () => {
    const spares = sparesOf(() => 0);
    spares.fill(spec, 1);
    await spares.take(spec)?.terminate();
    await until(() => takes(spares), "another one is booted");
  });

  it("leave what Node compiled to those that follow", async () => {
    const own = temporary();
    ended.push(async () => own.remove());
    const spares = sparesOf(() => 0);
    const like = functionOf(own.dir, CODE);
    spares.fill(like, 1);
    const files = () =>
      existsSync(compiledDir(like.codeDir)) ? readdirSync(compiledDir(like.codeDir), { recursive: true }) : [];
    await until(() => files().length > 1, "what it compiled is there, before it has a function");
  });

  it("have the memory that most functions have, and end with the functions", async () => {
    const functions = new Functions({
      authorizer: new FakeAuthorizer(),
      logs: new LogStore(folder.dir),
      logGroupArn: (name) => name,
    });
    ended.push(() => functions.close());
    const small = functionOf(folder.dir, CODE, { arn: `${FUNCTION_ARN}2` });
    functions.put(functionOf(folder.dir, CODE, { arn: `${FUNCTION_ARN}1`, memoryMb: 256 }));
    functions.put(spec);
    functions.put(small);
    functions.boot(1);
    const threadOf = async (arn: string) => {
      const result = await functions.invoke(arn, {}, undefined);
      return result.ok ? (result.payload as { readonly threadId: number }).threadId : expect.fail(result.error.errorMessage);
    };
    const own = await threadOf(`${FUNCTION_ARN}1`);
    expect(await threadOf(small.arn), "booted before").to.be.lessThan(own);
  });
});
