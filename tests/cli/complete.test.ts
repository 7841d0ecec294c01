import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { complete } from "../../cli/complete.ts";

const ID = "0f1e2d3c4b5a6978";

describe("cli / complete", () => {
  let server: Server;
  let folder: string;
  let hub: { readonly url: string; readonly apiKey: string };
  let posted: string[];
  let shown: object;
  let decided: object;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "complete-"));
    posted = [];
    shown = { state: "completed", delivery: "succeeded" };
    decided = { id: ID, state: "completed" };
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk) => (text += chunk));
      request.on("end", () => {
        if (request.method === "POST") posted.push(`${request.url} ${text}`);
        response.end(JSON.stringify(request.method === "GET" ? shown : { results: [decided], more: false }));
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    hub = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, apiKey: "k" };
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });
  const file = (text: string) => {
    const path = join(folder, "answer.json");
    writeFileSync(path, text);
    return path;
  };
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => expect.fail("it went well"),
      ({ message }: Error) => message,
    );

  it("sends the file's text, so that no digit is lost, and waits until the step has taken it", async () => {
    expect(await complete(hub, ID, { answer: file('\ufeff{"id":820982911946154508}') })).to.eql(decided);
    expect(posted).to.eql([`/ops/dead-letters/${ID}/complete {"answer":{"id":820982911946154508}}`]);
    await complete(hub, ID, { answers: file('{"shop.charge#0":null}') });
    expect(posted[1]).to.equal(`/ops/dead-letters/${ID}/complete {"answers":{"shop.charge#0":null}}`);
  });

  it("reports an answer that the step refuses, with the fields", async () => {
    shown = { state: "open", delivery: "failed", errorCode: "ANSWER_INVALID", errorMessage: "/id is not a string" };
    expect(await complete(hub, ID, { answer: file("{}") })).to.eql({ id: ID, refused: "ANSWER_INVALID: /id is not a string" });
  });

  it("passes the hub's refusal on", async () => {
    decided = { id: ID, refused: "it is already discarded" };
    expect(await complete(hub, ID, { answer: file("{}") })).to.eql(decided);
  });

  it("asks for one file of JSON, and says how to write text", async () => {
    expect(await failure(complete(hub, ID, {}))).to.include("--answer <file.json>");
    expect(await failure(complete(hub, ID, { answer: "a", answers: "b" }))).to.include("--answer <file.json>");
    expect(await failure(complete(hub, ID, { answer: join(folder, "none.json") }))).to.include("can't be read");
    expect(await failure(complete(hub, ID, { answer: file("ok") }))).to.include('text as "ok"');
    expect(posted).to.eql([]);
  });
});
