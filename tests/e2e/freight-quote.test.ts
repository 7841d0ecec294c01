import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { type Client, eventually } from "./client.ts";
import { record } from "./recorder.ts";
import { hubHere, ROOT, someParcel } from "./support.ts";
import { reachesTraced } from "./trace-facts.ts";

interface Listed {
  readonly requests: readonly { readonly requestId: string; readonly flow: string; readonly status: string }[];
  readonly cursor?: string;
}

// The stack prod has a cache and provisioned concurrency.
describe("end to end / freight-quote", function () {
  this.timeout(300_000);
  let hub: Awaited<ReturnType<typeof hubHere>>;
  let client: Client;
  /** Requests whose events were published. */
  const published: string[] = [];
  /** Another consumer. */
  let other: (path: string) => Promise<Response>;
  before(async () => {
    hub = await hubHere({ recording: await record({ root: ROOT, stack: "prod" }) });
    client = hub.client;
    hub.hub.services.bus.onEvent(({ event }) => {
      published.push((event.detail as { metadata: { requestId: string } }).metadata.requestId);
    });
    const [, key = ""] = hub.hub.apiKeys;
    other = (path) => fetch(client.url + path, { headers: { "x-api-key": key } });
  });
  after(() => hub?.stop());
  const calls = async () => (await client.calls("?target=freight-rates")).filter(({ operation }) => operation === "best").length;
  const problem = async (answer: Response) => {
    expect(answer.headers.get("content-type")).to.equal("application/problem+json");
    return (await answer.json()) as {
      readonly status: number;
      readonly code?: string;
      readonly detail: string;
      readonly requestId: string;
    };
  };

  it("answers with the third party's result, and its event starts the flow", async () => {
    const answer = await client.get(`/freight-quotes?${someParcel()}`);
    expect(answer.status).to.equal(200);
    expect(await answer.json()).to.deep.equal({ carrier: "swift", cents: 1_490, currency: "EUR", days: 2 });
    const requestId = answer.headers.get("x-request-id") ?? "";
    const { events, steps } = await reachesTraced(hub, requestId, "completed");
    expect(events.map(({ name, step }) => [name, step])).to.deep.equal([["FreightQuoted", "trigger:quote"]]);
    expect(steps.map(({ step, status }) => [step, status])).to.deep.equal([["watchPrices", "succeeded"]]);
    expect(answer.headers.get("x-correlation-id")).to.equal(requestId);
    expect(published).to.include(requestId);
  });

  it("calls the third party once while the gateway caches the answer, per caller and parcel", async () => {
    const parcel = someParcel();
    const before = await calls();
    const ids = [];
    for (let i = 0; i < 3; i += 1) {
      const answer = await client.get(`/freight-quotes?${parcel}`);
      expect(answer.status).to.equal(200);
      ids.push(answer.headers.get("x-request-id"));
    }
    expect(new Set(ids).size).to.equal(1);
    expect((await calls()) - before).to.equal(1);
    const theirs = await other(`/freight-quotes?${parcel}`);
    expect(theirs.headers.get("x-request-id")).not.to.equal(ids[0]);
    await client.get(`/freight-quotes?${someParcel()}`);
    expect((await calls()) - before).to.equal(3);
  });

  it("answers a caller that asks to bypass the cache, from the cache", async () => {
    const before = await calls();
    const parcel = someParcel();
    const headers = { "x-api-key": client.apiKey, "cache-control": "max-age=0" };
    for (let i = 0; i < 2; i++) expect((await fetch(`${client.url}/freight-quotes?${parcel}`, { headers })).status).to.equal(200);
    expect((await calls()) - before).to.equal(1);
  });

  it("reports what is wrong with a request, and does not call the third party", async () => {
    const before = await calls();
    const wrong: readonly (readonly [string, RegExp])[] = [
      ["country=PT&postcode=1", /weightGrams/],
      [someParcel({ weightGrams: "heavy" }), /weightGrams must be integer/],
      [someParcel({ weightGrams: "0" }), /weightGrams must be >= 1/],
      [someParcel({ country: "Portugal" }), /country must match pattern/],
      [someParcel({ express: "maybe" }), /express must be boolean/],
      [someParcel({ colour: "red" }), /no parameter "colour"/],
    ];
    for (const [query, detail] of wrong) {
      const answer = await client.get(`/freight-quotes?${query}`);
      expect(answer.status, query).to.equal(400);
      expect((await problem(answer)).detail).to.match(detail);
    }
    expect(await calls()).to.equal(before);
    const anonymous = await fetch(`${client.url}/freight-quotes?${someParcel()}`);
    expect(anonymous.status).to.equal(401);
  });

  it("answers 503 with Retry-After while the third party is down, and publishes nothing", async () => {
    await client.fault({ target: "freight-rates", mode: "error", status: 500, times: 1 });
    const answer = await other(`/freight-quotes?${someParcel()}`);
    expect(answer.status).to.equal(503);
    // A cached route returns the same answer until then.
    expect(answer.headers.get("retry-after")).to.equal("30");
    const { code, detail, requestId } = await problem(answer);
    expect(code).to.equal("THIRD_PARTY_FAILED");
    expect(detail).not.to.include("freight-rates");
    expect(published).not.to.include(requestId);
    const refused = await eventually("the log has the reason", () =>
      hub.lines.map(({ message }) => JSON.stringify(message)).find((line) => line.includes(requestId)),
    );
    expect(refused).to.include("THIRD_PARTY_FAILED");
  });

  it("answers 502 when the third party's answer is invalid, and 503 while the bus refuses events", async () => {
    await client.fault({ target: "freight-rates", mode: "invalid", times: 1 });
    expect((await problem(await client.get(`/freight-quotes?${someParcel()}`))).status).to.equal(502);
    hub.hub.services.aws.setFault("AWSEvents", { mode: "fail-entries" });
    const answer = await client.get(`/freight-quotes?${someParcel()}`);
    hub.hub.services.aws.setFault("AWSEvents", undefined);
    expect(answer.status).to.equal(503);
    expect(published).not.to.include((await problem(answer)).requestId);
  });

  it("caches a status route for a second, separately for each caller", async () => {
    const answer = await client.get(`/freight-quotes?${someParcel()}`);
    const id = answer.headers.get("x-request-id") ?? "";
    await client.reaches(id, "completed");
    const mine = async (path: string) =>
      ((await (await client.get(path)).json()) as Listed).requests.map(({ requestId }) => requestId);
    const list = "/requests?flow=freight-quote&status=completed";
    await eventually("the list has it", async () => ((await mine(list)).includes(id) ? true : undefined));
    const theirs = ((await (await other(list)).json()) as Listed).requests.map(({ requestId }) => requestId);
    expect(theirs).not.to.include(id);
    expect((await client.get(`/requests/${id}`)).status).to.equal(200);
    expect((await other(`/requests/${id}`)).status).to.equal(404);
  });
});
