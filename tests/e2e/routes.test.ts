import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { BusEvent } from "../../emulator/events/event.ts";
import type { Client } from "./client.ts";
import { record } from "./recorder.ts";
import { hubHere } from "./support.ts";

const root = join(import.meta.dirname, "routes");

interface Published {
  readonly name: string;
  readonly data: unknown;
}

describe("end to end / routes with parameters", function () {
  this.timeout(300_000);
  let hub: Awaited<ReturnType<typeof hubHere>>;
  let client: Client;
  const events: BusEvent[] = [];
  before(async () => {
    hub = await hubHere({ root, recording: await record({ root }) });
    client = hub.client;
    hub.hub.services.bus.onEvent(({ event }) => events.push(event));
  });
  after(() => hub?.stop());

  const send = (method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) =>
    fetch(client.url + path, {
      method,
      headers: { "x-api-key": client.apiKey, ...(body !== undefined && { "content-type": "application/json" }), ...headers },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  const published = (requestId: string | null): readonly Published[] =>
    events.flatMap((event) => {
      const { metadata, data } = event.detail as { readonly metadata: { readonly requestId: string }; readonly data: unknown };
      const name = event["detail-type"];
      return metadata.requestId === requestId && name.startsWith("Stock") ? [{ name, data }] : [];
    });
  const accepted = async (answer: Response): Promise<unknown> => {
    expect([answer.status, answer.status === 202 ? "" : await answer.text()]).to.deep.equal([202, ""]);
    const [only, ...others] = published(answer.headers.get("x-request-id"));
    expect(others).to.deep.equal([]);
    return only?.data;
  };
  const refused = async (answer: Response, status: number): Promise<string> => {
    expect([answer.status, answer.headers.get("content-type")]).to.deep.equal([status, "application/problem+json"]);
    return ((await answer.json()) as { readonly detail: string }).detail;
  };
  const onBus = () => events.filter((event) => event["detail-type"].startsWith("Stock")).length;

  it("makes the event of path, query and body, each value of its own type", async () => {
    const answer = await send("PUT", "/warehouses/7/stock/A-1?dryRun=true&by=eve", { count: 3, note: "n" });
    expect(await accepted(answer)).to.deep.equal({ count: 3, note: "n", warehouse: 7, sku: "A-1", dryRun: true, by: "eve" });
    const { requestId } = (await answer.json()) as { readonly requestId: string };
    expect((await client.reaches(requestId, "completed")).steps.map(({ step }) => step)).to.deep.equal(["book"]);
    expect(await accepted(await send("PUT", "/warehouses/007/stock/A-1", { count: 3 }))).to.deep.equal({
      count: 3,
      warehouse: 7,
      sku: "A-1",
    });
  });

  const texts: readonly (readonly [string, string])[] = [
    ["a percent-encoded slash", "a/b"],
    ["quotes", `it's "q"`],
    ["a backslash", "a\\b\\'"],
    ["unicode", "é😀"],
    ["a plus sign", "1+1=2"],
    ["a percent sign", "100%41"],
    ["a dollar sign and Velocity", "$q#set($x=1)$!{value}"],
    ["a line break", "a\r\nb\t"],
    ["JSON", '","warehouse":1,"x":"'],
    ["a word of Java's replacement", "$1\\2"],
  ];
  for (const [what, text] of texts) {
    it(`passes ${what} in path and query as it is`, async () => {
      const encoded = encodeURIComponent(text);
      const counted = await accepted(await send("PUT", `/warehouses/1/stock/${encoded}?by=${encoded}`, { count: 1 }));
      expect(counted).to.deep.equal({ count: 1, warehouse: 1, sku: text, by: text });
      const dropped = await accepted(await send("DELETE", `/stock/${encoded}?reason=${encoded}`));
      expect(dropped).to.deep.equal({ sku: text, reason: text });
      const shown = await send("GET", `/stock/${encoded}?tag=${encoded}`);
      expect([shown.status, await shown.json()]).to.deep.equal([200, { sku: text, depth: 1, tag: text }]);
    });
  }

  it("reads a plus sign of a path as such, and one of a query as a space", async () => {
    const dropped = await accepted(await send("DELETE", "/stock/a+b?reason=c+d"));
    expect(dropped).to.deep.equal({ sku: "a+b", reason: "c d" });
  });

  it("takes the last of repeated names where the gateway publishes, and refuses them where a function answers", async () => {
    expect(await accepted(await send("DELETE", "/stock/a?reason=first&reason=last"))).to.deep.equal({ sku: "a", reason: "last" });
    expect(await refused(await send("GET", "/stock/a?tag=1&tag=2"), 400)).to.include("tag is given more than once");
  });

  it("refuses parameters that are no value of their type, and publishes nothing", async () => {
    const before = onBus();
    const wrong: readonly (readonly [string, string, unknown, string])[] = [
      ["PUT", "/warehouses/seven/stock/A", { count: 1 }, "The parameter warehouse is no whole number."],
      ["PUT", "/warehouses/1.5/stock/A", { count: 1 }, "The parameter warehouse is no whole number."],
      ["PUT", "/warehouses/1/stock/A?dryRun=yes", { count: 1 }, "The parameter dryRun is neither true nor false."],
      ["PUT", "/warehouses/1/stock/%FF", { count: 1 }, "The parameter sku is not percent-encoded UTF-8."],
      ["PUT", "/warehouses/1/stock/%zz", { count: 1 }, "The parameter sku of the path is not percent-encoded."],
      ["PUT", "/warehouses/1/stock/%EF%BF%BE", { count: 1 }, "The parameter sku holds U+FFFE"],
      ["DELETE", "/stock/A", undefined, "Missing required request parameters: [reason]"],
      ["DELETE", "/stock/A?reason=", undefined, "Missing required request parameters: [reason]"],
      ["DELETE", "/stock/A?reason=r&weight=1e3", undefined, "The parameter weight is no number."],
      ["DELETE", "/stock/A?reason=r", { reason: "other" }, "The route takes no body"],
      ["GET", "/stock/A?depth=deep", undefined, "/depth must be integer"],
      ["GET", "/stock/A?depth=10", undefined, "/depth must be <= 9"],
      ["GET", "/stock/A?colour=red", undefined, 'There is no parameter "colour"'],
      ["GET", "/stock/%FF", undefined, "The parameter sku of the path is not percent-encoded UTF-8."],
      ["POST", "/stock/A/moves?urgent=1", { to: "B" }, "/urgent must be boolean"],
    ];
    for (const [method, path, body, detail] of wrong)
      expect(await refused(await send(method, path, body), 400), `${method} ${path}`).to.include(detail);
    expect(onBus()).to.equal(before);
  });

  it("refuses a body that holds a field of the path or the query", async () => {
    expect(await refused(await send("PUT", "/warehouses/1/stock/A", { count: 1, sku: "B" }), 400)).to.include("sku");
    expect(await refused(await send("PUT", "/warehouses/1/stock/A", '{"count":1,"dr\\u0079Run":true}'), 400)).to.include(
      "dryRun",
    );
    expect(await refused(await send("POST", "/stock/A/moves", { to: "B", sku: "C" }), 400)).to.include("sku");
  });

  it("takes an empty object where it takes no body", async () => {
    expect(await accepted(await send("DELETE", "/stock/A?reason=r&weight=-0.50", {}))).to.deep.equal({
      sku: "A",
      reason: "r",
      weight: -0.5,
    });
  });

  it("prefers a fixed part to a parameter, and knows no other paths", async () => {
    const all = await send("GET", "/stock/all?page=2");
    expect(await all.json()).to.deep.equal({ page: 2 });
    for (const [method, path] of [
      ["GET", "/stock/"],
      ["GET", "/stock//moves"],
      ["PUT", "/warehouses/1/stock"],
    ] as const)
      expect(await refused(await send(method, path), 404), `${method} ${path}`).to.equal(
        "There is no such route. Compare the path with the API document, upper and lower case included.",
      );
  });

  it("takes a path with a slash at its end as the path without it", async () => {
    const all = await send("GET", "/stock/all/?page=2");
    expect(await all.json()).to.deep.equal({ page: 2 });
  });

  it("answers a method that the path does not have with those that it has", async () => {
    for (const [method, path, allow] of [
      ["POST", "/stock/A", "DELETE, GET"],
      ["GET", "/stock/A/moves", "POST"],
      ["PATCH", "/requests", "GET"],
      ["OPTIONS", "/stock/all", "GET"],
    ] as const) {
      const answer = await send(method, path, method === "PATCH" ? {} : undefined);
      expect([answer.headers.get("allow"), answer.headers.get("content-type")]).to.deep.equal([
        allow,
        "application/problem+json",
      ]);
      expect(answer.headers.get("x-request-id")).to.match(/^[0-9a-f-]{36}$/);
      expect(await refused(answer, 405)).to.equal(`This path takes ${allow.replace(", ", " and ")}, and not ${method}.`);
    }
    const form = await fetch(`${hub.hub.url}/requests`, { method: "POST", body: new URLSearchParams({ a: "1" }) });
    expect([form.status, form.headers.get("allow")]).to.deep.equal([405, "GET"]);
    const head = await fetch(`${hub.hub.url}/requests`, { method: "HEAD" });
    expect([head.status, head.headers.get("allow")]).to.deep.equal([405, "GET"]);
  });

  it("joins path, query and body for a function", async () => {
    const moved = await send("POST", "/stock/A%2F1/moves?urgent=true", { to: "B" });
    expect([moved.status, await moved.json()]).to.deep.equal([200, { sku: "A/1", urgent: true, to: "B" }]);
  });

  it("takes an Idempotency-Key for one path", async () => {
    const ids = async (path: string) => {
      const answer = await send("PUT", path, { count: 1 }, { "idempotency-key": "once" });
      expect(answer.status).to.equal(202);
      return ((await answer.json()) as { readonly requestId: string }).requestId;
    };
    const first = await ids("/warehouses/1/stock/a.b");
    expect(first).to.match(/\.stock\.count\.once\.1\.a:2Eb$/);
    expect(await ids("/warehouses/1/stock/a%2Eb")).to.equal(first);
    expect(await ids("/warehouses/01/stock/a.b")).not.to.equal(first);
    const others = await Promise.all(["a", "b", "%C3%A9", "a+b", "a%20b", "a*b"].map((sku) => ids(`/warehouses/1/stock/${sku}`)));
    expect(new Set([first, ...others]).size).to.equal(7);
    expect((await client.reaches(first, "completed")).requestId).to.equal(first);
    expect((await client.get(`/requests/${encodeURIComponent(first)}`)).status).to.equal(200);
    const long = await send("PUT", `/warehouses/1/stock/${"x".repeat(300)}`, { count: 1 }, { "idempotency-key": "once" });
    expect(await refused(long, 400)).to.include("too long");
  });

  it("ends a request as failed when a parameter breaks a rule that the gateway does not know", async () => {
    const answer = await send("PUT", `/warehouses/0/stock/${"x".repeat(41)}`, { count: 1 });
    expect(answer.status).to.equal(202);
    const { requestId } = (await answer.json()) as { readonly requestId: string };
    const [step] = (await client.reaches(requestId, "failed")).steps;
    expect(step?.error?.message).to.include("/warehouse").and.to.include("/sku");
  });
});
