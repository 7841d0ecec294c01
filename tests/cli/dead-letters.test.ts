import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { DEAD_LETTERS } from "../../cli/dead-letters.ts";

const MAIN = join(import.meta.dirname, "../../cli/main.ts");

describe("cli / dead letters", () => {
  let server: Server;
  let url: string;
  let calls: { readonly path: string; readonly body: unknown }[];
  beforeEach(async () => {
    calls = [];
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk) => (text += chunk));
      request.on("end", () => {
        const body = text === "" ? undefined : JSON.parse(text);
        calls.push({ path: `${request.method} ${request.url?.split("?")[0]}`, body });
        const found = { deadLetters: ["a", "b", "c"].map((id) => ({ id, at: "2026-01-01T00:00:00.000Z" })), more: false };
        const decided = { results: (body?.ids ?? []).map((id: string) => ({ id, state: "discarded" })) };
        response.end(JSON.stringify(request.method === "GET" ? found : decided));
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });
  const discard = (ids: readonly string[], options: object, ask?: (question: string) => Promise<boolean>) =>
    DEAD_LETTERS.discard
      ?.run({ url, apiKey: "k" }, ids, { reason: "a test", ...options }, ask)
      .catch(({ message }: Error) => message);
  const decided = () => calls.filter(({ path }) => path.startsWith("POST")).map(({ body }) => body);
  const program = async (...args: readonly string[]) => {
    const child = spawn(process.execPath, [MAIN, ...args, "--url", url, "--key", "k"], { stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk) => (stderr += chunk));
    const [status] = await once(child, "close");
    return { status, stderr };
  };

  it("says how many a bulk discard would close, and asks", async () => {
    const questions: string[] = [];
    const answering = (answer: boolean) => async (question: string) => {
      questions.push(question);
      return answer;
    };
    expect(await discard([], { flow: "orders" }, answering(false))).to.match(/^Nothing was discarded/);
    expect(decided()).to.deep.equal([]);
    expect(await discard([], { all: true }, answering(true))).to.equal("discarded 3");
    expect(questions).to.deep.equal(Array(2).fill("Close 3 open dead letters for good? Type yes: "));
    expect(decided()).to.deep.equal([{ ids: ["a", "b", "c"], reason: "a test" }]);
  });

  it("discards several without a terminal only with --yes", async () => {
    expect(await discard([], { all: true })).to.equal(
      "dead-letters discard would close 3 open dead letters for good. Add --yes, or name them by id.",
    );
    expect(decided()).to.deep.equal([]);
    expect(await discard([], { all: true, yes: true })).to.equal("discarded 3");
  });

  it("does not ask about dead letters that are named", async () => {
    expect(await discard(["0123456789abcdef"], {})).to.equal("discarded 1");
  });

  for (const [command, option] of [
    [["dead-letters", "discard", "--reason", "r", "--flow", "a", "--state", "redriven"], "state"],
    [["dead-letters", "redrive", "--all", "--state", "open"], "state"],
    [["dead-letters", "redrive", "--all", "--limit", "5"], "limit"],
    [["dead-letters", "list", "--all"], "all"],
    [["replay", "--flow", "a", "--from", "x", "--to", "y", "--request", "r"], "request"],
  ] as const)
    it(`refuses --${option} of ${command.slice(0, 2).join(" ")}, which would have no effect`, async () => {
      const { status, stderr } = await program(...command);
      expect(status).to.equal(1);
      expect(stderr).to.include(`takes no --${option}`);
      expect(calls).to.deep.equal([]);
    });
});
