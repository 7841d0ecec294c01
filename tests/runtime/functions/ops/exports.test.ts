import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import orderToErp from "../../../../flows/order-to-erp.ts";
import { graph, jsonSchema } from "../../../../model/index.ts";
import type { ExportedInput, InputAnswer, RunExport } from "../../../../protocol/run-again.ts";
import { graphKey, inputKey, type Key, schemasKey, targetsKey } from "../../../../protocol/table.ts";
import { mortal } from "../../../../testing/crashes.ts";
import { fakeDependencies } from "../../fakes/dependencies.ts";
import { busEvent } from "../../fakes/fake-bus.ts";
import { type Asked, opsDesk } from "../../fakes/ops-desk.ts";
import { requestsDesk } from "../../fakes/requests-desk.ts";

const FLOW = orderToErp.name;
const placed = z.object({ orderId: z.string(), customer: z.object({ email: z.email(), token: z.string().optional() }) });
const order = { orderId: "A-1", customer: { email: "ana@example.pt", token: "t0ps3cret" }, note: "key sk_live_0123456789abc" };
const text = JSON.stringify;

/** A hub that has the flow, with ops API, ledger and status. */
function hubWith(schema: z.ZodType = placed) {
  const around = fakeDependencies({ flow: FLOW });
  const put = (key: Key, attributes: object) => around.table.items.set(`${key.pk}|${key.sk}`, { ...key, ...attributes } as never);
  for (const id of ["g-1", "g-2"]) put(graphKey(FLOW, id), { graph: text(graph(orderToErp)) });
  put(schemasKey(FLOW, "orders", "IntegrationRequested"), {
    schemas: text({ version: 1, schemas: { 1: jsonSchema(schema) } }),
  });
  put(targetsKey(FLOW), { targets: text({ flow: FLOW, graph: "g-2", steps: {}, deadLetterArn: "d", personal: ["email"] }) });
  const desk = requestsDesk(around, "IntegrationRequested", { tenant: "ops", consumer: "ana" });
  return { ...around, ...desk, ask: opsDesk(around.services) };
}

/** A production hub with one request, and what it exports. */
async function production(data: unknown = order) {
  const hub = hubWith();
  const ids = { eventId: "r-1", requestId: "r-1", correlationId: "cart-7", tenant: "shop" };
  await hub.take(
    busEvent("IntegrationRequested", data, { ...ids, step: "trigger:orders", flow: FLOW, graph: "g-1", version: 1 }),
  );
  const exported = async (asked: Asked = {}) => {
    const { status, body } = await hub.ask("exportInput", { path: { requestId: "r-1" }, role: "viewer", ...asked });
    return { status, body: body as unknown as InputAnswer, detail: String((body as { detail?: unknown }).detail) };
  };
  return { ...hub, exported };
}
const ran = async (hub: ReturnType<typeof hubWith>, input: object, asked: Asked & { body?: object } = {}) => {
  const { body, ...rest } = asked;
  const answer = await hub.ask("runExport", {
    body: { reason: "a defect", stack: "prod", input, ...body },
    tenant: "ops",
    ...rest,
  });
  return {
    status: answer.status,
    body: answer.body as unknown as RunExport,
    detail: String((answer.body as { detail?: unknown }).detail),
  };
};

describe("ops / exports", () => {
  it("exports the input of a request with each masked place, and writes nothing", async () => {
    const { exported, entries } = await production();
    const { status, body } = await exported();
    expect([status, body]).to.deep.equal([
      200,
      {
        input: {
          ...{
            requestId: "r-1",
            correlationId: "cart-7",
            flow: FLOW,
            trigger: "orders",
            name: "IntegrationRequested",
            version: 1,
          },
          data: { orderId: "A-1", customer: { email: "***", token: "***" }, note: "key ***" },
          masked: ["/customer/email", "/customer/token", "/note"],
        },
        schema: JSON.parse(text(jsonSchema(placed))),
      },
    ]);
    expect(entries()).to.deep.equal([]);
  });

  it("exports no input that is not stored, and none of which the personal data is not known", async () => {
    const { exported, table } = await production();
    expect((await exported({ path: { requestId: "r-9" } })).status).to.equal(404);
    expect((await exported({ role: undefined, operator: false, tenant: "shop" })).status).to.equal(403);
    const targets = `${targetsKey(FLOW).pk}|${FLOW}`;
    const kept = table.items.get(targets);
    table.items.delete(targets);
    const gone = await exported();
    expect([gone.status, gone.detail]).to.deep.equal([
      409,
      "The hub has no flow order-to-erp now, so its personal data can't be masked. Deploy it.",
    ]);
    table.items.set(targets, kept as never);
    table.items.delete(`${inputKey("r-1").pk}|${inputKey("r-1").sk}`);
    expect((await exported()).detail).to.include("The input of the request is not stored");
  });

  it("runs an export on another hub, which links it to its origin", async () => {
    const { input } = (await (await production()).exported()).body;
    const here = hubWith(placed.extend({ customer: z.object({ email: z.string() }) }));
    const { status, body } = await ran(here, input);
    const exportOf = { stack: "prod", requestId: "r-1" };
    expect([status, body]).to.deep.equal([202, { requestId: body.requestId, correlationId: "cart-7", exportOf }]);
    expect(body.requestId).to.match(/^export-[0-9a-f]{32}$/);
    const [event] = here.published();
    expect(event?.detail.data).to.deep.equal(input.data);
    expect(event?.detail.metadata).to.include({ flow: FLOW, graph: "g-2", tenant: "ops", step: "trigger:orders" });
    await here.settle();
    const shown = await here.show(body.requestId);
    expect(shown).to.deep.include({ exportOf, correlationId: "cart-7" });
    expect(shown).not.to.have.property("repeats");
    expect(here.entries().map(({ verb, about, why, state }) => ({ verb, about, why, state }))).to.deep.equal([
      {
        ...{ verb: "runExport", about: { ...exportOf, flow: FLOW, newRequest: body.requestId }, why: "a defect", state: "done" },
      },
    ]);
    expect(text(here.entries())).not.to.include("A-1");
  });

  it("makes one request of one call, and another of an edited export, another reason, name or operator", async () => {
    const { input } = (await (await production()).exported()).body;
    const here = hubWith(z.object({}));
    const idOf = async (of: object = input, asked: Asked & { body?: object } = {}) => (await ran(here, of, asked)).body.requestId;
    const first = await idOf();
    await here.settle();
    expect(await idOf()).to.equal(first);
    expect(here.published()).to.have.length(1);
    const others = [
      idOf({ ...input, data: { orderId: "A-2" } }),
      idOf(input, { body: { reason: "again" } }),
      idOf(input, { body: { name: "second" } }),
      idOf(input, { body: { stack: "staging" } }),
      idOf(input, { by: "ben" }),
    ];
    expect(new Set([first, ...(await Promise.all(others))]).size).to.equal(6);
  });

  it("can be run again, as any request", async () => {
    const { input } = (await (await production()).exported()).body;
    const here = hubWith(z.object({}));
    const { requestId } = (await ran(here, input)).body;
    await here.settle();
    const again = await here.ask("runAgain", { path: { requestId }, body: { reason: "once more" }, role: "operator" });
    await here.settle();
    const repetition = await here.show(String(again.body.requestId));
    expect(repetition.repeats).to.equal(requestId);
    expect(repetition).not.to.have.property("exportOf");
  });

  it("is done wholly or not at all by a function that died, wherever it died; the same call makes it one", async () => {
    const { input } = (await (await production()).exported()).body;
    const body = { reason: "a defect", stack: "prod", input };
    const published: boolean[] = [];
    for (let at = 1; ; at += 1) {
      const here = hubWith(z.object({}));
      let calls = 0;
      let died: () => void = () => {};
      const crash = new Promise<void>((resolve) => {
        died = resolve;
      });
      const dying = mortal(here.services as never, { dies: () => ++calls === at }, () => {}, died);
      const answered = await Promise.race([
        opsDesk(dying)("runExport", { body }).then(() => true),
        crash.then(() => new Promise((resolve) => setImmediate(resolve))).then(() => false),
      ]);
      published.push(here.published().length > 0);
      // No effect without an entry of the trail.
      if (published.at(-1)) expect(here.entries()).to.have.length(1);
      if (answered) break;
      await here.settle();
      const { requestId } = (await ran(here, input)).body;
      await here.settle();
      const made = [...here.table.items.values()].filter(({ sk, exportOf }) => sk === "summary" && exportOf !== undefined);
      expect(
        made.map((one) => one.requestId),
        `after ${at}`,
      ).to.deep.equal([requestId]);
    }
    expect([published.length > 5, published.includes(false), published.at(-1)]).to.deep.equal([true, true, true]);
  });

  it("refuses what does not fit the schema here, with the fields, and the ones that are masked", async () => {
    const { input } = (await (await production()).exported()).body;
    const here = hubWith(z.object({ currency: z.string(), customer: z.object({ email: z.string().min(6) }) }));
    const { status, detail } = await ran(here, input);
    expect([status, detail]).to.deep.equal([
      409,
      "The input does not fit the schema of IntegrationRequested: /currency is required; /customer/email must NOT have fewer than 6 characters. Correct the data in the file. Masked when it was exported: /customer/email, /customer/token, /note.",
    ]);
    const gone = await ran(here, { ...input, flow: "no-such" });
    expect([gone.status, gone.detail]).to.deep.equal([409, "The hub has no flow no-such now. Deploy it."]);
    expect([here.published().length, here.entries().length]).to.deep.equal([0, 0]);
  });

  it("refuses a malformed call, and a role below admin", async () => {
    const { input } = (await (await production()).exported()).body;
    const here = hubWith(z.object({}));
    const { data: _, ...noData } = input;
    const wrong: readonly (readonly [object, string])[] = [
      [{ body: { input: [] } }, "input lacks requestId, correlationId, flow, trigger, name"],
      [{ body: { input: { ...input, flow: 1, trigger: "" } } }, "input lacks flow, trigger"],
      [{ body: { input: noData } }, "input has no data"],
      [{ body: { input: { ...input, version: 0 } } }, "version of the input"],
      [{ body: { input: { ...input, requestId: "a b" } } }, "requestId of the input"],
      [{ body: { input: { ...input, correlationId: "a b" } } }, "correlationId of the input"],
      [{ body: { input: { ...input, masked: "x" } } }, "masked of the input"],
      [{ body: { stack: "a b" } }, "stack is not"],
      [{ body: { reason: "" } }, "reason is not"],
      [{ body: { name: "a b" } }, "name is not"],
      [{ body: { data: {} } }, "Unknown member data"],
    ];
    for (const [asked, why] of wrong) {
      const { status, detail } = await ran(here, input, asked);
      expect([status, detail.includes(why), detail]).to.deep.equal([400, true, detail]);
    }
    expect((await ran(here, input, { role: "operator" })).detail).to.include("takes the role admin");
    expect(here.published()).to.deep.equal([]);
  });

  it("refuses an event that would be larger than the bus takes", async () => {
    const here = hubWith(z.object({}));
    const ids = { requestId: "r-1", correlationId: "c", flow: FLOW, trigger: "orders", name: "IntegrationRequested" };
    const input: ExportedInput = { ...ids, version: 1, data: { text: "x".repeat(300_000) }, masked: [] };
    expect((await ran(here, input)).detail).to.include("The event would be larger than");
    expect(here.published()).to.deep.equal([]);
  });
});
