import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { BusEvent } from "../../emulator/events/event.ts";
import { eventually } from "./client.ts";
import { programWith } from "./copy.ts";
import { operatorOf } from "./operator.ts";
import { dataFolder, hubHere, requestOf } from "./support.ts";

const PATH = ["T0SECRETteam", "B0SECRETbot", "xoxSECRETtoken0123456789"];
const SIGNATURE = "sigSECRET+/%=";
const URL_PATH = `/services/${PATH.join("/")}`;
const SEARCH = `?sig=${encodeURIComponent(SIGNATURE)}`;
/** What must stand nowhere: each part, as it is and as a URL has it. */
const SECRETS = [...PATH, SIGNATURE, encodeURIComponent(SIGNATURE)];

/** What the third party does, by the text that is posted to it. Most of it quotes its own URL. */
const BEHAVIOURS: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
  hello: (_, response) => response.end("ok"),
  refuse: ({ url }, response) => response.writeHead(404, { "content-type": "text/plain" }).end(`no hook at ${url}`),
  gone: ({ url }, response) => response.writeHead(410).end(JSON.stringify({ hook: url })),
  redirect: ({ url }, response) => response.writeHead(302, { location: `https://hooks.chat.example.com${url}&moved=1` }).end(),
  fail: ({ url }, response) => response.writeHead(500, { "x-request-url": url ?? "" }).end(`<p>${url} failed</p>`),
  hang: () => {},
  reset: ({ socket }) => void socket.destroy(),
  "thread unreadable": ({ url }, response) => response.writeHead(200, { "content-type": "text/html" }).end(`<a href="${url}">`),
};

describe("end to end / an address that is a secret", function () {
  this.timeout(300_000);
  const program = programWith("chat");
  const data = dataFolder();
  const seen: string[] = [];
  const events: BusEvent[] = [];
  let server: Server;
  let here: Awaited<ReturnType<typeof hubHere>>;
  before(async () => {
    server = createServer(async (request, response) => {
      seen.push(request.url ?? "");
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const { text } = JSON.parse(Buffer.concat(chunks).toString()) as { text: string };
      BEHAVIOURS[text]?.(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const url = `https://hooks.chat.example.com${URL_PATH}${SEARCH}`;
    const file = join(program.root, "live.json");
    writeFileSync(file, JSON.stringify({ chat: { baseUrl: `http://127.0.0.1:${port}`, secrets: { "chat/webhook": { url } } } }));
    chmodSync(file, 0o600);
    here = await hubHere({
      ...{ root: program.root, data: data.dir, recording: await program.recording(), live: ["chat"] },
    });
    here.hub.services.bus.onEvent(({ event }) => events.push(event));
  });
  after(async () => {
    await here?.stop();
    server.closeAllConnections();
    server.close();
    program.remove();
    data.remove();
  });

  const ends = async (text: string, status: string) => {
    const requestId = await requestOf(await here.client.post("/said", { text }));
    return here.client.reaches(requestId, status);
  };

  it("is called as the secret has it", async () => {
    await ends("hello", "completed");
    expect(seen).to.deep.equal([`${URL_PATH}${SEARCH}`]);
  });

  it("is called by each path below it, whatever the third party answers", async () => {
    await ends("gone", "completed");
    for (const text of Object.keys(BEHAVIOURS).filter((text) => text !== "hello" && text !== "gone")) {
      await ends(text, "blocked");
      // A call that succeeds keeps the circuit breaker closed.
      await ends("hello", "completed");
    }
    expect(seen).to.include(`${URL_PATH}/threads/7${SEARCH}`);
    const codes = await eventually("the dead letters are recorded", async () => {
      const letters = await operatorOf(here.hub).deadLetters("limit=100");
      return letters.length === 6 ? letters.map(({ errorCode }) => errorCode) : undefined;
    });
    expect(codes).to.include.members(["ANSWER_UNREADABLE", "THIRD_PARTY_REFUSED"]);
  });

  it("stands in no log, event, answer of an API, and no line of the console", async () => {
    const operator = operatorOf(here.hub);
    const letters = await operator.deadLetters("limit=100");
    const pages = await Promise.all(
      letters.map(async ({ id }) => (await operator.get(`/ops/dead-letters/${encodeURIComponent(id)}`)).text()),
    );
    const shown = [
      "/api/overview",
      "/api/catalogue",
      "/api/requests",
      "/api/logs",
      "/api/third-parties/chat",
      "/api/dead-letters",
    ];
    const console = await Promise.all(shown.map(async (path) => (await fetch(here.hub.consoleUrl + path)).text()));
    expect(letters).to.have.lengthOf(6);
    const all = JSON.stringify([here.lines, here.problems, events, letters, pages, console, here.hub.recording]);
    expect(SECRETS.filter((secret) => all.includes(secret))).to.deep.equal([]);
    expect(all).to.include("hooks.chat.example.com");
  });

  it("stands in no file: state, spans, queues, calls, bundles", async () => {
    const files = readdirSync(data.dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const found = files.flatMap(({ parentPath, name }) => {
      const bytes = readFileSync(join(parentPath, name));
      return SECRETS.filter((secret) => bytes.includes(secret)).map((secret) => `${name}: ${secret}`);
    });
    expect(found).to.deep.equal([]);
    expect(files.map(({ name }) => name)).to.include.members(["hub.sqlite", "traces.sqlite", "index.mjs"]);
  });
});
