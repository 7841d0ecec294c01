import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { after, afterEach, beforeEach, describe, it } from "mocha";
import { Functions } from "../../../emulator/lambda/functions.ts";
import type { LocalAnswer, LocalCall } from "../../../emulator/lambda/local-call.ts";
import { LogStore } from "../../../emulator/lambda/log-store.ts";
import { FakeAuthorizer, FUNCTION_ARN, functionOf, temporary } from "./support.ts";

const ORIGIN = "http://127.0.0.1:9";
const JSON_TYPE = { "content-type": "application/json" };

describe("lambda / calls of functions to servers of the hub's process", () => {
  const folder = temporary();
  let functions: Functions;
  let logs: LogStore;
  let calls: LocalCall[];
  let aborted: number;
  let answer: (call: LocalCall, signal: AbortSignal) => Promise<LocalAnswer | undefined>;
  let network: Server | undefined;
  beforeEach(() => {
    calls = [];
    aborted = 0;
    answer = async ({ path }) => ({ status: 201, headers: JSON_TYPE, body: JSON.stringify({ path }) });
    logs = new LogStore(join(folder.dir, "logs"));
    functions = new Functions({ authorizer: new FakeAuthorizer(), logs, logGroupArn: (name) => name });
    functions.serve(ORIGIN, (call, signal) => {
      calls.push(call);
      return answer(call, signal);
    });
  });
  afterEach(async () => {
    await functions.close(0);
    await logs.close();
    network?.close();
    network = undefined;
  });
  after(() => folder.remove());
  const run = async (code: string, event: unknown = {}) => {
    functions.put(functionOf(folder.dir, code));
    const result = await functions.invoke(FUNCTION_ARN, event, undefined);
    return result.ok ? result.payload : result.error;
  };
  /** A call that is answered only when its caller waits no longer. */
  const untilAborted = (signal: AbortSignal) =>
    new Promise<undefined>((resolve) =>
      signal.addEventListener("abort", () => {
        aborted += 1;
        resolve(undefined);
      }),
    );
  const READ = `const read = (request) => new Promise((resolve, reject) => request.on("error", reject).on("response", async (response) => {
    let text = ""; for await (const chunk of response) text += chunk;
    resolve({ status: response.statusCode, type: response.headers["content-type"], text }); }));`;

  it("carry what http.request sends, by a URL and by options, whole or in chunks", async () => {
    const result = await run(`import http, { request, get } from "node:http"; ${READ}
      export const handler = async () => {
        const whole = http.request(new URL("${ORIGIN}/a?b=1"), { method: "POST", headers: { "X-A": "1", "content-length": 3 } });
        whole.end("é!");
        const chunks = request({ hostname: "127.0.0.1", port: 9, path: "/c", method: "put" });
        chunks.setHeader("x-b", ["1", "2"]); chunks.write(Buffer.from([0xff])); chunks.end("61", "hex");
        return [await read(whole), await read(chunks), await read(get("${ORIGIN}/d"))];
      };`);
    const read = (path: string) => ({ status: 201, type: "application/json", text: JSON.stringify({ path }) });
    expect(result).to.deep.equal([read("/a?b=1"), read("/c"), read("/d")]);
    expect(calls.map(({ method, path, headers, body }) => [method, path, headers, [...Buffer.from(body)]])).to.deep.equal([
      ["POST", "/a?b=1", { "x-a": "1", "content-length": "3" }, [...Buffer.from("é!")]],
      ["PUT", "/c", { "x-b": "1, 2" }, [0xff, 0x61]],
      ["GET", "/d", {}, []],
    ]);
  });

  it("carry what fetch sends, and reject when its signal aborts", async () => {
    answer = ({ path }, signal) =>
      path === "/slow" ? untilAborted(signal) : Promise.resolve({ status: 200, headers: JSON_TYPE, body: '{"ok":true}' });
    const result = await run(`export const handler = async () => {
      const answered = await fetch("${ORIGIN}/v1", { method: "post", headers: { "Content-Type": "application/json" }, body: "{}" });
      const slow = await fetch("${ORIGIN}/slow", { signal: AbortSignal.timeout(1) }).catch(({ name }) => name);
      return [answered.status, await answered.json(), slow];
    };`);
    expect(result).to.deep.equal([200, { ok: true }, "TimeoutError"]);
    expect(calls[0]).to.deep.equal({ method: "POST", path: "/v1", headers: JSON_TYPE, body: "{}" });
    expect(aborted).to.equal(1);
  });

  it("end a request without an answer as Node does: by its timeout, by destroy, by a signal", async () => {
    answer = (_, signal) => untilAborted(signal);
    const result = await run(`import http from "node:http"; ${READ}
      const failed = (request) => read(request).catch(({ name, code, message }) => [name, code, message]);
      export const handler = async () => {
        const silent = http.request("${ORIGIN}/", { timeout: 1 }); silent.on("timeout", () => silent.destroy(new Error("silent"))); silent.end();
        const gone = http.request("${ORIGIN}/").end(); setImmediate(() => gone.destroy());
        const aborted = http.request("${ORIGIN}/", { signal: AbortSignal.timeout(1) }).end();
        return Promise.all([silent, gone, aborted].map(failed));
      };`);
    expect(result).to.deep.equal([
      ["Error", null, "silent"],
      ["Error", "ECONNRESET", "socket hang up"],
      ["AbortError", "ABORT_ERR", "The operation was aborted"],
    ]);
    expect(aborted).to.equal(3);
  });

  it("leave other origins to the network", async () => {
    network = createServer((_, response) => response.end("network")).listen(0, "127.0.0.1");
    await new Promise((resolve) => network?.once("listening", resolve));
    const { port } = network.address() as AddressInfo;
    const result = await run(`import http from "node:http"; ${READ}
      export const handler = async () => [(await read(http.get("http://127.0.0.1:${port}/"))).text, await (await fetch("http://127.0.0.1:${port}/")).text()];`);
    expect(result).to.deep.equal(["network", "network"]);
    expect(calls).to.deep.equal([]);
  });

  it("answer with 500 where the server fails", async () => {
    answer = () => Promise.reject(new Error("no such path"));
    const result = await run(`export const handler = async () => (await fetch("${ORIGIN}//")).status;`);
    expect(result).to.equal(500);
  });

  it("are aborted when the environment ends", async () => {
    const began = Promise.withResolvers<void>();
    answer = (_, signal) => {
      began.resolve();
      return untilAborted(signal);
    };
    const running = run(`export const handler = () => fetch("${ORIGIN}/");`);
    await began.promise;
    await functions.close(0);
    expect(aborted).to.equal(1);
    expect(await running).to.include({ errorType: "Runtime.ExitError" });
  });
});
