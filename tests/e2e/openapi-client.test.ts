import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import createClient, { type Client as Typed } from "openapi-fetch";
import { parse } from "yaml";
import type { components, paths } from "../../docs/openapi.d.ts";
import type { RecordedResource } from "../../local/recording.ts";
import { inputKey } from "../../protocol/table.ts";
import { AnswerChecker, type OpenApiDocument } from "./answer-checker.ts";
import { Client, eventually } from "./client.ts";
import { hubHere, ROOT, recording, someFulfilment, someOrder, someParcel, somePayment } from "./support.ts";

type Request = components["schemas"]["Request"];

/** Burst of the consumer `default` in this test; its rate is one call a second. */
const BURST = 30;
const JSON_TYPE = { "content-type": "application/json" };

/** Answers that this test can't cause, and why. */
const UNSEEN: readonly (readonly [RegExp, string])[] = [
  [/ 500$/, "requires an internal fault of the hub"],
  [/ \/(requests|ops)\S* (502|503|504)$/, "requires a function that does not answer, or an authorizer that fails"],
  [/^POST \S+ (502|504)$/, "requires a bus or a function that does not answer"],
  [/^(GET|POST) (?!\/ops\/|\S+\/run-again )\S+ 403$/, "requires a token without a scope, or AWS's managed firewall rules"],
  [/ \/freight-quotes 422$/, "requires a third party without a carrier: the sandbox's always has one"],
  [/ \/ops\/triggers\/\S+ (200|202|409)$/, "requires a schedule or a poll, which no sample flow has"],
  [/ \/hooks\/stripe 429$/, "requires more calls than a stack's throttle allows"],
];

const throttled = (resource: RecordedResource): RecordedResource =>
  resource.type === "aws:apigateway/usagePlan:UsagePlan" && resource.name.endsWith("-default-plan")
    ? { ...resource, inputs: { ...resource.inputs, throttleSettings: { rateLimit: 1, burstLimit: BURST } } }
    : resource;

describe("end to end / a client generated from docs/openapi.yaml", function () {
  this.timeout(300_000);
  let here: Awaited<ReturnType<typeof hubHere>>;
  let checker: AnswerChecker;
  let client: Typed<paths>;
  let keys: Readonly<Record<string, string>>;

  before(async () => {
    const document = parse(readFileSync(join(ROOT, "docs/openapi.yaml"), "utf8")) as OpenApiDocument;
    checker = new AnswerChecker(document);
    const program = await recording();
    here = await hubHere({ recording: { ...program, resources: program.resources.map(throttled) } });
    keys = program.outputs.apiKeys as Record<string, string>;
    client = clientOf("operations");
  });
  after(() => here?.stop());

  /** A typed client that checks each answer against the document. */
  function clientOf(consumer: string): Typed<paths> {
    const made = createClient<paths>({ baseUrl: here.hub.url, headers: { "x-api-key": keys[consumer] ?? "" } });
    made.use({
      onResponse: async ({ request, schemaPath, response }) => {
        await checker.check(request.method, schemaPath, response);
        return undefined;
      },
    });
    return made;
  }

  /** A call that a typed client can't make. */
  async function call(route: string, init: RequestInit = {}, path = route.split(" ")[1] ?? ""): Promise<Response> {
    const [method = "", template = ""] = route.split(" ");
    const answer = await fetch(here.hub.url + path.replaceAll(/\{\w+\}/g, "none"), { method, ...init });
    await checker.check(method, template, answer);
    return answer;
  }
  const by = (consumer: string, more: Readonly<Record<string, string>> = {}) => ({
    headers: { "x-api-key": keys[consumer] ?? "", ...more },
  });
  const routes = () => [...new Set(checker.documented().map((answer) => answer.replace(/ \d+$/, "")))];

  const until = (requestId: string, status: Request["status"]): Promise<Request> =>
    eventually(`request ${requestId} is ${status}`, async () => {
      const { data } = await client.GET("/requests/{requestId}", { params: { path: { requestId } } });
      return data?.status === status ? data : undefined;
    });
  async function order(changes: Partial<components["schemas"]["OrderToErpIntegrationRequested"]> = {}): Promise<string> {
    const { data, error } = await client.POST("/orders", { body: { ...someOrder(), ...changes } });
    if (!data) throw new Error(JSON.stringify(error));
    return data.requestId;
  }

  it("places an order, follows it to its end, and finds it in the list", async () => {
    const header = { "Idempotency-Key": "order-4711", "X-Correlation-ID": "checkout-4711" };
    const { data, response } = await client.POST("/orders", { params: { header }, body: someOrder() });
    expect(data).to.include({ requestId: "operations.order-to-erp.orders.order-4711", correlationId: "checkout-4711" });
    expect(response.headers.get("x-correlation-id")).to.equal("checkout-4711");
    const { steps, events } = await until(data?.requestId ?? "", "completed");
    expect(steps.map(({ step, status }) => [step, status])).to.deep.include(["register", "succeeded"]);
    expect(events.map(({ name }) => name)).to.include("OrderRegistered");

    await until(await order(), "completed");
    const query = { flow: "order-to-erp", status: "completed", limit: 1 } as const;
    const first = await client.GET("/requests", { params: { query } });
    expect(first.data?.requests).to.have.length(1);
    const second = await client.GET("/requests", { params: { query: { ...query, cursor: first.data?.cursor ?? "" } } });
    expect(second.data?.requests.map(({ requestId }) => requestId)).to.deep.equal([data?.requestId]);
  });

  it("completes one fulfilment, and compensates one that would arrive too late", async () => {
    const { data } = await client.POST("/fulfilments", { body: someFulfilment() });
    await until(data?.requestId ?? "", "completed");
    const late = await client.POST("/fulfilments", { body: someFulfilment("2030-01-01") });
    const { steps } = await until(late.data?.requestId ?? "", "compensated");
    expect(steps.find(({ step }) => step === "ship")?.compensation?.status).to.equal("succeeded");
    expect(steps.find(({ step }) => step === "confirm")?.error?.code).to.equal("TOO_LATE");
  });

  it("gets a freight quote", async () => {
    const query = { country: "PT", postcode: "1000-100", weightGrams: 2_000, express: true };
    const { data } = await client.GET("/freight-quotes", { params: { query } });
    expect(data).to.deep.equal({ carrier: "swift", cents: 1_490, currency: "EUR", days: 2 });
  });

  it("gets problem details that report what is wrong", async () => {
    const lost = await client.GET("/requests/{requestId}", { params: { path: { requestId: "nobody's" } } });
    expect(lost.response.status).to.equal(400);
    const gone = await client.GET("/requests/{requestId}", { params: { path: { requestId: "none" } } });
    expect([gone.error?.status, gone.error?.requestId]).to.deep.equal([404, gone.response.headers.get("x-request-id")]);
    const { lines: _, ...incomplete } = someOrder();
    const { error, response } = await client.POST("/orders", { body: incomplete as ReturnType<typeof someOrder> });
    expect(response.status).to.equal(400);
    expect(error?.detail).to.include("lines");
    const header = { "Idempotency-Key": "not a key" };
    expect((await client.POST("/orders", { params: { header }, body: someOrder() })).response.status).to.equal(400);
    for (const path of ["/freight-quotes?country=PT", `/freight-quotes?${someParcel({ country: "Portugal" })}`])
      expect((await call("GET /freight-quotes", by("operations"), path)).status).to.equal(400);
    expect((await client.GET("/requests", { params: { query: { limit: 1_000 } } })).response.status).to.equal(400);
    expect((await call("POST /fulfilments", { ...by("operations", JSON_TYPE), body: "{" })).status).to.equal(400);
  });

  it("decides on dead letters, and replays events", async () => {
    const twice = { sku: "coffee", quantity: 1, unitCents: 100 };
    const requestId = await order({ lines: [twice, twice] });
    await until(requestId, "blocked");
    const deadLetter = await eventually("the dead letter is recorded", async () => {
      const query = { requestId, state: "any", from: "2026-01-01" } as const;
      return (await client.GET("/ops/dead-letters", { params: { query } })).data?.deadLetters[0];
    });
    const { id } = deadLetter;
    expect(deadLetter).to.include({ state: "open", step: "validate", errorCode: "DUPLICATE_SKU", redriveAt: null });
    expect((await client.GET("/ops/dead-letters/{id}", { params: { path: { id } } })).data).to.include({ id, requestId });
    const reason = "ordered by mistake";
    const edit = (body: components["schemas"]["DeadLetterEdit"]) =>
      client.POST("/ops/dead-letters/{id}/edit", { params: { path: { id } }, body });
    const payload = { ...someOrder(), note: "edited" };
    expect((await edit({ data: payload, revision: "1.0", reason })).data).to.include({ id, revision: "1.1" });
    expect((await edit({ data: payload, revision: "1.0", reason })).response.status).to.equal(409);
    expect((await edit({ data: payload, revision: "", reason })).response.status).to.equal(400);
    const { data: shown } = await client.GET("/ops/dead-letters/{id}", { params: { path: { id } } });
    expect(shown?.edited).to.deep.include({ by: "operations", why: reason, data: payload });
    const discarded = await client.POST("/ops/dead-letters/discard", { body: { ids: [id], reason } });
    expect(discarded.data?.results).to.deep.equal([{ id, state: "discarded" }]);
    expect((await client.POST("/ops/dead-letters/discard", { body: { ids: [id], reason } })).response.status).to.equal(409);
    const refused = await client.POST("/ops/dead-letters/redrive", { body: { ids: [id] } });
    expect(refused.response.status).to.equal(409);
    const none = await client.POST("/ops/dead-letters/redrive", { body: { filter: { flow: "nowhere" } } });
    expect(none.data).to.deep.equal({ results: [], more: false });

    const body = { flow: "order-to-erp", from: "2026-01-01T00:00:00Z", to: new Date().toISOString() };
    const { data: replay } = await client.POST("/ops/replays", { body });
    expect(replay?.steps).to.include("register");
    const { data } = await client.GET("/ops/replays/{name}", { params: { path: { name: replay?.name ?? "" } } });
    expect(data?.state).to.be.oneOf(["STARTING", "RUNNING", "COMPLETED"]);

    for (const route of routes().filter((route) => route.startsWith("POST /ops/") && !route.includes("{")))
      expect((await call(route, { ...by("operations", JSON_TYPE), body: "{}" })).status).to.equal(400);
    expect((await client.GET("/ops/dead-letters", { params: { query: { limit: 0 } } })).response.status).to.equal(400);
    for (const route of routes().filter((route) => route.includes("{")))
      expect((await call(route, by("operations"))).status).to.equal(404);
    const ids = ["0123456789abcdef"];
    expect((await client.POST("/ops/dead-letters/redrive", { body: { ids } })).response.status).to.equal(404);
    expect((await client.POST("/ops/dead-letters/discard", { body: { ids, reason } })).response.status).to.equal(404);
  });

  it("completes a dead letter with the answer of its call", async () => {
    await here.client.fault({ target: "payments", operation: "charge", mode: "invalid", times: 1 });
    const { data } = await client.POST("/fulfilments", { body: someFulfilment() });
    const requestId = data?.requestId ?? "";
    await until(requestId, "blocked");
    const { id } = await eventually("the dead letter is recorded", async () => {
      const query = { requestId, state: "any", from: "2026-01-01" } as const;
      return (await client.GET("/ops/dead-letters", { params: { query } })).data?.deadLetters[0];
    });
    const shown = await client.GET("/ops/dead-letters/{id}", { params: { path: { id } } });
    expect(Object.keys(shown.data?.calls ?? {})).to.deep.equal(["payments.charge#0"]);
    const complete = (body: components["schemas"]["Complete"]) =>
      client.POST("/ops/dead-letters/{id}/complete", { params: { path: { id } }, body });
    expect((await complete({} as components["schemas"]["Complete"])).response.status).to.equal(400);
    const answer = { id: "CH-99", paid: true };
    expect((await complete({ answers: { "payments.refund#0": answer } })).response.status).to.equal(409);
    expect((await complete({ answer })).data?.results).to.deep.equal([{ id, state: "completed" }]);
    await until(requestId, "completed");
  });

  it("cancels a request in progress, and refuses one that has ended and one that there is not", async () => {
    // The other tests count the calls of the consumer `default`.
    const caller = new Client({ url: here.hub.url, sandboxUrl: here.hub.sandboxUrl, apiKey: keys.operations ?? "" });
    const cancel = (requestId: string, reason = "ordered twice") =>
      client.POST("/requests/{requestId}/cancel", { params: { path: { requestId } }, body: { reason } });
    await caller.fault({ target: "erp", operation: "registerOrder", mode: "error", status: 422, times: 1 });
    const blocked = await caller.order(someOrder());
    await caller.reaches(blocked, "blocked");
    expect((await cancel(blocked)).data?.cancelled).to.include({ by: "operations", why: "ordered twice" });
    await caller.reaches(blocked, "cancelled");
    expect(
      (await client.GET("/requests/{requestId}", { params: { path: { requestId: blocked } } })).data?.cancelled?.by,
    ).to.equal("operations");
    const completed = await caller.order(someOrder());
    await caller.reaches(completed, "completed");
    expect((await cancel(completed)).response.status).to.equal(409);
    expect((await cancel("no-such")).response.status).to.equal(404);
    expect((await cancel(completed, "")).response.status).to.equal(400);
  });

  it("groups dead letters by cause, notes one, and takes the group as a filter", async () => {
    const caller = new Client({ url: here.hub.url, sandboxUrl: here.hub.sandboxUrl, apiKey: keys.operations ?? "" });
    await caller.fault({ target: "erp", operation: "registerOrder", mode: "error", status: 418, times: 1 });
    const requestId = await caller.order(someOrder());
    await caller.reaches(requestId, "blocked");
    const group = await eventually("the group is there", async () =>
      (await client.GET("/ops/dead-letter-groups")).data?.groups.find(({ thirdParty }) => thirdParty === "erp"),
    );
    const note = (id: string, body: components["schemas"]["NoteOrder"]) =>
      client.POST("/ops/dead-letter-groups/{id}", { params: { path: { id } }, body });
    expect((await note(group.id, { note: "a teapot", owner: "ana" })).data?.noted).to.include({
      note: "a teapot",
      by: "operations",
    });
    expect((await note(group.id, {})).response.status).to.equal(400);
    expect((await note("0000000000000000", { note: "x" })).response.status).to.equal(404);
    const query = { group: group.id };
    expect(
      (await client.GET("/ops/dead-letters", { params: { query } })).data?.deadLetters.map((one) => one.requestId),
    ).to.include(requestId);
    const body = { filter: query, reason: "mended" };
    expect((await client.POST("/ops/dead-letters/redrive", { body })).data?.results).to.have.length.greaterThan(0);
    await caller.reaches(requestId, "completed");
  });

  it("starts a job, lists it, and stops it", async () => {
    const filter = { step: "no-such-step" };
    const order = { verb: "redrive", filter, rate: 10, stopAfter: 2, reason: "a test" } as const;
    const { data } = await client.POST("/ops/jobs", { body: order });
    expect(data?.job).to.include({ verb: "redrive", rate: 10, stopAfter: 2, by: "operations" });
    expect((await client.GET("/ops/jobs")).data?.jobs.map(({ id }) => id)).to.include(data?.job.id);
    const stop = (id: string) => client.POST("/ops/jobs/{id}/stop", { params: { path: { id } }, body: { reason: "enough" } });
    // The sweeper may end a job between two calls: nothing is left to do.
    await eventually("a second one is refused", async () =>
      (await client.POST("/ops/jobs", { body: order })).response.status === 409 ? true : undefined,
    );
    await eventually("one is stopped", async () => {
      const { data } = await client.POST("/ops/jobs", { body: { ...order, filter: { step: "another" } } });
      return data && (await stop(data.job.id)).response.status === 200 ? true : undefined;
    });
    const ended = (await client.GET("/ops/jobs")).data?.jobs.find(({ state }) => state === "stopped");
    expect((await stop(ended?.id ?? "")).response.status).to.equal(409);
    const nothing = { params: { path: { id: ended?.id ?? "" } }, body: { reason: "" } };
    expect((await client.POST("/ops/jobs/{id}/stop", nothing)).response.status).to.equal(400);
    expect((await stop("job-20261124100000000-00000000")).response.status).to.equal(404);
    expect((await client.POST("/ops/jobs", { body: { ...order, rate: 0 } })).response.status).to.equal(400);
  });

  it("runs a request again, and refuses a malformed call and an unknown request", async () => {
    const caller = new Client({ url: here.hub.url, sandboxUrl: here.hub.sandboxUrl, apiKey: keys.operations ?? "" });
    const again = (requestId: string, reason = "lost") =>
      client.POST("/requests/{requestId}/run-again", { params: { path: { requestId } }, body: { reason } });
    const old = await caller.order(someOrder());
    await caller.reaches(old, "completed");
    const { data } = await again(old);
    expect(data).to.include({ repeats: old });
    await caller.reaches(data?.requestId ?? "", "completed");
    const show = async (requestId: string) =>
      (await client.GET("/requests/{requestId}", { params: { path: { requestId } } })).data;
    expect((await show(data?.requestId ?? ""))?.repeats).to.equal(old);
    expect((await show(old))?.ranAgain).to.deep.equal([data?.requestId]);
    expect((await again("no-such")).response.status).to.equal(404);
    const { pk, sk } = inputKey(old);
    await here.hub.services.tables.administer("DeleteItem", {
      ...{ TableName: here.hub.recording.outputs.tableName, Key: { pk: { S: pk }, sk: { S: sk } } },
    });
    expect((await again(old)).response.status).to.equal(409);
    expect((await again(old, "")).response.status).to.equal(400);
  });

  it("exports the input of a request, masked, and runs it as one of another hub", async () => {
    const caller = new Client({ url: here.hub.url, sandboxUrl: here.hub.sandboxUrl, apiKey: keys.operations ?? "" });
    const old = await caller.order(someOrder());
    await caller.reaches(old, "completed");
    const get = (requestId: string) => client.GET("/ops/inputs/{requestId}", { params: { path: { requestId } } });
    const { data } = await get(old);
    if (!data) expect.fail("nothing was exported");
    expect(data.schema).to.have.property("type", "object");
    const run = (input: typeof data.input, stack = "prod") =>
      client.POST("/ops/inputs", { body: { reason: "a defect", stack, input } });
    const { data: begun } = await run(data.input);
    const exportOf = { stack: "prod", requestId: old };
    expect(begun?.exportOf).to.deep.equal(exportOf);
    await caller.reaches(begun?.requestId ?? "", "completed");
    const shown = await client.GET("/requests/{requestId}", { params: { path: { requestId: begun?.requestId ?? "" } } });
    expect(shown.data?.exportOf).to.deep.equal(exportOf);
    expect((await run({ ...data.input, data: {} })).response.status).to.equal(409);
    expect((await run(data.input, "a b")).response.status).to.equal(400);
    expect((await get("no-such")).response.status).to.equal(404);
    const { pk, sk } = inputKey(old);
    await here.hub.services.tables.administer("DeleteItem", {
      ...{ TableName: here.hub.recording.outputs.tableName, Key: { pk: { S: pk }, sk: { S: sk } } },
    });
    expect((await get(old)).response.status).to.equal(409);
    const malformed = { params: { path: { requestId: "a b" } } };
    expect((await client.GET("/ops/inputs/{requestId}", malformed)).response.status).to.equal(400);
  });

  it("holds a third party, releases it, and finds both in the audit trail", async () => {
    const inHours = (hours: number) => new Date(here.hub.services.clock.now() + hours * 3_600_000).toISOString();
    const hold = (hours: number) =>
      client.POST("/ops/holds", { body: { thirdParty: "customers", until: inHours(hours), reason: "maintenance" } });
    expect((await hold(2)).data?.hold).to.include({ thirdParty: "customers", by: "operations", why: "maintenance" });
    expect((await hold(1)).response.status).to.equal(409);
    expect((await client.GET("/ops/holds")).data?.holds.map(({ thirdParty }) => thirdParty)).to.deep.equal(["customers"]);
    const { data: status } = await client.GET("/ops/status");
    expect(status?.holds.map(({ thirdParty }) => thirdParty)).to.deep.equal(["customers"]);
    expect(status?.thirdParties.find(({ name }) => name === "customers")?.breaker).to.equal("closed");
    const release = () => client.POST("/ops/holds/release", { body: { thirdParty: "customers" } });
    expect((await release()).data?.released).to.include({ thirdParty: "customers" });
    expect((await release()).response.status).to.equal(409);
    const { data } = await client.GET("/ops/audit", { params: { query: { limit: 4 } } });
    expect(data?.entries.map(({ verb, state }) => [verb, state])).to.deep.equal([
      ["release", "refused"],
      ["release", "done"],
      ["hold", "refused"],
      ["hold", "done"],
    ]);
    expect((await client.GET("/ops/audit", { params: { query: { limit: 0 } } })).response.status).to.equal(400);
  });

  it("is not an operator with another key: 403", async () => {
    for (const route of routes().filter((route) => / \/ops\/|\/run-again$/.test(route)))
      expect((await call(route, { ...by("default"), ...(route.startsWith("POST") && { body: "{}" }) })).status).to.equal(403);
  });

  it("accepts signed webhooks only", async () => {
    const signed = async (body: unknown) => {
      const answer = await here.client.webhook(body);
      await checker.check("POST", "/hooks/stripe", answer);
      return answer.status;
    };
    expect(await signed(somePayment())).to.equal(202);
    expect(await signed(somePayment({ data: { object: {} } }))).to.equal(400);
    expect((await call("POST /hooks/stripe", { body: "{}" })).status).to.equal(401);
  });

  it("is refused without a key, with a body that is too long, and with a body that is not JSON on routes the gateway integrates directly", async () => {
    const secured = routes().filter((route) => !route.includes("/hooks/"));
    for (const route of secured) {
      const init = route.startsWith("POST") ? { headers: JSON_TYPE, body: "{}" } : {};
      expect((await call(route, init)).status, route).to.equal(401);
    }
    // The web ACL's limit, and for operators' routes API Gateway's.
    const [limited, any] = [" ".repeat(65 * 1_024), " ".repeat(10 * 1_024 * 1_024 + 1)];
    for (const route of routes().filter((route) => route.startsWith("POST"))) {
      const body = route.includes(" /ops/") ? any : limited;
      expect((await call(route, { ...by("operations", JSON_TYPE), body })).status, route).to.equal(413);
    }
    for (const route of ["POST /orders", "POST /fulfilments"])
      expect((await call(route, { ...by("operations", { "content-type": "text/plain" }), body: "{}" })).status).to.equal(415);
  });

  it("gets 503 while the bus refuses events, and 502 or 504 for a third party's failure", async () => {
    here.hub.services.aws.setFault("AWSEvents", { mode: "fail-entries" });
    const header = { "Idempotency-Key": "kept-4712" };
    const { response, error } = await client.POST("/orders", { params: { header }, body: someOrder() });
    expect(response.status).to.equal(503);
    expect(response.headers.get("x-request-id")).to.equal(error?.requestId);
    expect((await client.POST("/fulfilments", { body: someFulfilment() })).response.status).to.equal(503);
    const ask = () => call("GET /freight-quotes", by("operations"), `/freight-quotes?${someParcel()}`);
    expect((await ask()).status).to.equal(503);
    const unpublished = await here.client.webhook(somePayment());
    await checker.check("POST", "/hooks/stripe", unpublished);
    expect(unpublished.status).to.equal(503);
    here.hub.services.aws.setFault("AWSEvents", undefined);

    await here.client.fault({ target: "freight-rates", mode: "invalid", times: 1 });
    expect((await ask()).status).to.equal(502);
    await here.client.fault({ target: "freight-rates", mode: "hang" });
    expect((await ask()).status).to.equal(504);
    await here.client.fault({ target: "freight-rates", mode: "ok" });
  });

  it("is throttled by its usage plan: 429", async () => {
    for (const route of routes().filter((route) => !route.includes("/hooks/"))) {
      const once = () => call(route, { ...by("default", JSON_TYPE), ...(route.startsWith("POST") && { body: "{}" }) });
      const statuses = async () => (await Promise.all(Array.from({ length: 3 }, once))).map(({ status }) => status);
      await eventually(`${route} is throttled`, async () => ((await statuses()).includes(429) ? true : undefined));
    }
  });

  it("has received each documented answer, except those that can't be caused here", () => {
    const reasonOf = (answer: string) => UNSEEN.find(([pattern]) => pattern.test(answer))?.[1];
    const unseen = checker.documented().filter((answer) => !checker.seen.has(answer));
    expect(unseen.filter((answer) => reasonOf(answer) === undefined)).to.deep.equal([]);
    expect([...checker.seen].filter((answer) => reasonOf(answer) !== undefined)).to.deep.equal([]);
    for (const [pattern, reason] of UNSEEN)
      expect(
        unseen.some((answer) => pattern.test(answer)),
        reason,
      ).to.equal(true);
  });
});
