import { request } from "node:http";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { type Feed, openFeed } from "../../../console/server/feed.ts";
import { localSource } from "../../../console/server/local-source.ts";
import { type Console, serveConsole } from "../../../console/server/serve-console.ts";
import type { RequestView } from "../../../console/shared/api.ts";
import orderStatistics from "../../../examples/order-statistics.ts";
import { graph } from "../../../model/index.ts";
import { childKey, graphKey } from "../../../protocol/table.ts";
import { fakeHub, summary } from "./hub.ts";

describe("the console's server", () => {
  let server: Console;
  let feed: Feed;
  let fake: ReturnType<typeof fakeHub>;
  let url: string;
  beforeEach(async () => {
    server = await serveConsole(0, ({ host }) => (host?.startsWith("evil") ? "The header Host names another site." : undefined));
    url = `http://127.0.0.1:${server.port}`;
    fake = fakeHub();
    feed = openFeed(":memory:", fake.hub, () => {});
  });
  afterEach(async () => {
    await server.close();
    await feed.close();
  });
  const show = () => server.show(localSource(fake.hub, feed));
  const token = async () => /name="console-token" content="([\w-]{32})"/.exec(await (await fetch(url)).text())?.[1] ?? "";
  const post = (path: string, headers: Readonly<Record<string, string>>, body = "{}") =>
    fetch(url + path, { method: "POST", headers, body });

  it("answers 503 until the hub is there", async () => {
    const answer = await fetch(`${url}/api/overview`);
    expect([answer.status, answer.headers.get("retry-after")]).to.deep.equal([503, "1"]);
  });

  it("serves the page for each of its addresses, without script, style or origin of another place", async () => {
    show();
    for (const path of ["/", "/requests", "/requests/r%2F1?logs=1", "/dead-letters/0"]) {
      const answer = await fetch(url + path);
      const html = await answer.text();
      expect(answer.status).to.equal(200);
      const policy = answer.headers.get("content-security-policy") ?? "";
      expect(policy).to.match(/^default-src 'none'; /);
      expect(policy).not.to.match(/unsafe|https?:|\*/);
      expect([...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = ""]) => link.startsWith("/assets/"))).to.deep.equal([
        true,
        true,
        true,
      ]);
      expect(html).not.to.match(/<script(?![^>]*src=)|<style|style=/);
      // There is something to see before the script is there.
      expect(html).to.match(/<body>.*<nav class="side"[^>]*>.*<b>Integration hub<\/b>.*<main id="main"/);
    }
  });

  it("keeps the page's code within 80 KB, compressed", async () => {
    show();
    const html = await (await fetch(url)).text();
    let bytes = 0;
    for (const [, path = ""] of html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g))
      bytes += await new Promise<number>((resolve) =>
        request(url + path, { headers: { "accept-encoding": "gzip" } }, (answer) => {
          expect(answer.headers["content-encoding"]).to.equal("gzip");
          answer.resume();
          resolve(Number(answer.headers["content-length"]));
        }).end(),
      );
    expect(bytes).to.be.within(1_000, 80 * 1_024);
  });

  it("names the request that opened another one in another flow, and the other way round", async () => {
    const child = "r-1.order-statistics";
    const { pk, sk } = graphKey(orderStatistics.name, "g1");
    fake.write({ pk, sk, graph: JSON.stringify(graph(orderStatistics)) });
    fake.write(summary("r-1", { correlationId: "c-1" }));
    fake.write(childKey("r-1", child));
    const request = { requestId: child, correlationId: "c-1", tenant: "shop", flow: orderStatistics.name, graph: "g1" };
    fake.write(summary(child, { request, status: "completed" }));
    show();
    const shown = async (id: string) => (await (await fetch(`${url}/api/requests/${id}`)).json()) as RequestView;
    const [parent, opened] = [await shown("r-1"), await shown(child)];
    expect([parent.parent, parent.children]).to.deep.equal([
      undefined,
      [{ requestId: child, flow: "order-statistics", status: "completed" }],
    ]);
    expect([opened.parent, opened.children]).to.deep.equal([{ requestId: "r-1", flow: "orders", status: "running" }, []]);
  });

  it("refuses each call that changes something without the page's token", async () => {
    show();
    const good = await token();
    for (const path of [
      "/api/dead-letters/redrive",
      "/api/dead-letters/discard",
      "/api/dead-letters/0/complete",
      "/api/send",
      "/api/faults",
    ]) {
      for (const headers of [
        {},
        { "x-console-token": "" },
        { "x-console-token": `${good.slice(0, -1)}!` },
        { "x-console-token": `${good}a` },
      ])
        expect((await post(path, headers)).status, path).to.equal(403);
      expect((await post(path, { "x-console-token": good })).status, path).not.to.equal(403);
    }
  });

  it("refuses a call by another host's name before anything else", async () => {
    show();
    const status = await new Promise<number | undefined>((resolve) =>
      request(`${url}/api/overview`, { headers: { host: "evil.example" } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      }).end(),
    );
    expect(status).to.equal(403);
  });

  it("lets no other page read it: no answer allows an origin", async () => {
    show();
    for (const path of ["/", "/api/requests", "/api/send"]) {
      const answer = await fetch(url + path, { headers: { origin: "http://localhost:3000" } });
      expect(answer.headers.get("access-control-allow-origin")).to.equal(null);
      expect(answer.headers.get("cross-origin-resource-policy")).to.equal("same-origin");
    }
  });

  it("names what is wrong with a call", async () => {
    show();
    for (const [path, status, detail] of [
      ["/api/requests?limit=1000", 400, "The parameter limit is not a whole number from 1 to 200."],
      ["/api/requests?offset=-1", 400, "The parameter offset is not a whole number from 0 to 10000000."],
      ["/api/requests/none", 404, "There is no such request, or the ledger has not recorded it yet."],
      ["/api/logs", 400, "The parameter correlationId is missing. Add ?correlationId=…, or ?id=…"],
      ["/api/payloads/1", 404, "There is no such event in the archive; it may have expired."],
      ["/api/flows/none", 404, "There is no such flow none."],
      ["/api/nothing", 404, "There is no GET /api/nothing."],
      ["/api/requests/%E0%A4%A", 400, "The path is not encoded as a URL."],
    ] as const) {
      const answer = await fetch(url + path);
      expect([answer.status, ((await answer.json()) as { detail: string }).detail], path).to.deep.equal([status, detail]);
    }
  });

  it("refuses a body beyond 1 MB", async () => {
    show();
    const answer = await post("/api/send", { "x-console-token": await token() }, "x".repeat(1_000_001));
    expect(answer.status).to.equal(413);
  });

  it("sends changes to open pages, and to one that reconnects what it missed", async () => {
    show();
    while (feed.state().rebuilding) await new Promise(setImmediate);
    await feed.flush();
    const stream = async (lastEventId?: string) => {
      const answer = await fetch(
        `${url}/api/stream`,
        lastEventId === undefined ? {} : { headers: { "last-event-id": lastEventId } },
      );
      const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
      let text = "";
      return {
        async until(part: string) {
          while (!text.includes(part)) text += Buffer.from((await reader.read()).value ?? []).toString();
          return text;
        },
        end: () => reader.cancel(),
      };
    };
    const first = await stream();
    await first.until("retry");
    fake.write(summary("r1"));
    await feed.flush();
    expect(await first.until("r1")).to.include('id: 1\ndata: {"requests":["r1"],"deadLetters":false}');
    await first.end();
    fake.write(summary("r2"));
    await feed.flush();
    const second = await stream("1");
    expect(await second.until("id: 2"))
      .to.include('data: {"requests":["r2"],"deadLetters":false}')
      .and.not.to.include("r1");
    await second.end();
    const third = await stream("77");
    expect(await third.until("data")).to.include('id: 2\ndata: {"requests":null,"deadLetters":true}');
    await third.end();
  });
});
