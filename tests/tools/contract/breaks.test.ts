import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import {
  adapter,
  api,
  bearer,
  call,
  event,
  type Flow,
  flow,
  hmac,
  join,
  jwtAuth,
  noAuth,
  step,
  webhook,
  when,
} from "../../../model/index.ts";
import { breaksOf } from "../../../tools/contract/breaks.ts";
import { describeBreak } from "../../../tools/contract/findings.ts";
import { lockOf, renewed, textOf } from "../../../tools/contract/lock.ts";
import { about, breaks } from "./gate.ts";

interface Parts {
  readonly name?: string;
  readonly formerly?: readonly string[];
  readonly schema?: z.ZodObject;
  readonly version?: number;
  readonly from?: object;
  readonly step?: object;
  readonly steps?: Readonly<Record<string, unknown>>;
  readonly trigger?: object;
}
const Order = z.object({ id: z.string(), note: z.string().max(10).optional() });

/** POST /orders -> Placed -> charge -> Charged. */
function orders({ name = "orders", formerly, schema = Order, version = 1, from, step: more, steps, trigger }: Parts = {}): Flow {
  const Placed = event("Placed", schema, { version, ...(from && { from: from as never }) });
  const Charged = event("Charged", z.object({ id: z.string() }));
  const charge = step({ on: Placed, emits: [Charged], handler: () => Charged({ id: "" }), ...more });
  return flow(name, {
    ...about,
    ...(formerly && { formerly }),
    triggers: { orders: (trigger ?? api("POST /orders", { emits: Placed })) as never },
    steps: (steps ?? { charge }) as never,
  }) as unknown as Flow;
}
const lift = (old: Readonly<Record<string, unknown>>) => ({ ...old, currency: "EUR" });
const WithCurrency = Order.extend({ currency: z.string() });

describe("the released contract", () => {
  it("is kept by the same flows, by new optional fields, defaults, steps, events and flows", () => {
    expect(breaks([orders()], [orders()])).to.deep.equal([]);
    expect(
      breaks([orders()], [orders({ schema: Order.extend({ a: z.int().optional(), b: z.string().default("x") }) })]),
    ).to.deep.equal([]);
    const Placed = event("Placed", Order);
    const Sent = event("Sent", Order);
    const steps = { charge: orders().steps.charge, send: step({ on: Placed, emits: [Sent], handler: () => Sent({ id: "" }) }) };
    expect(
      breaks([orders()], [orders({ steps }), orders({ name: "others", trigger: api("POST /others", { emits: Placed }) })]),
    ).to.deep.equal([]);
  });

  it("is broken by a field that becomes required, with a payload, the consumers and the remedy", () => {
    expect(breaks([orders()], [orders({ schema: WithCurrency })])).to.deep.equal([
      'CONTRACT, flow orders, event Placed, field currency: step charge would refuse events that are under way, such as {"id":"","note":""}: it is required and may be absent. Raise its version to 2 and declare `from: { 1: … }`, make the field optional, or give it a default.',
      'CONTRACT, flow orders, route POST /orders, request, field currency: it would refuse what callers may send, such as {"id":"","note":""}: it is required and may be absent. Make the field optional, give it a default, or add another route.',
    ]);
  });

  for (const [what, schema, field] of [
    ["a shorter text", Order.extend({ note: z.string().max(9).optional() }), "note"],
    ["a pattern", Order.extend({ id: z.string().regex(/^o-/i) }), "id"],
    ["a format", Order.extend({ id: z.uuid() }), "id"],
    ["another type", Order.extend({ id: z.int() }), "id"],
    ["an enum", Order.extend({ id: z.enum(["a", "b"]) }), "id"],
    ["no other fields", Order.strict(), ""],
  ] as const)
    it(`is broken by ${what}`, () => {
      const [first = ""] = breaks([orders()], [orders({ schema })]);
      expect(first).to.match(
        new RegExp(`^CONTRACT, flow orders, event Placed${field && `, field ${field}`}: step charge would refuse events`),
      );
      const example: unknown = JSON.parse(/such as (\{.*?\}): /.exec(first)?.[1] ?? "");
      expect(Order.safeParse(example).success, first).to.equal(true);
      expect(schema.safeParse(example).success, first).to.equal(false);
    });

  it("is broken for a roll-back by a schema that takes more than the released one", () => {
    const [first, ...others] = breaks([orders()], [orders({ schema: Order.extend({ note: z.string().max(11).optional() }) })]);
    expect(first).to.match(
      /event Placed, field note: after a roll-back, step charge would refuse events that this code publishes, such as .*xxxxxxxxxxx.*Raise its version to 2/,
    );
    expect(others).to.deep.equal([]);
  });

  it("reports what it can't decide, and counts that as a break", () => {
    const upper = (text: string) => text === text.toUpperCase();
    const [first = ""] = breaks([orders()], [orders({ schema: Order.extend({ id: z.stringFormat("upper", upper) }) })]);
    expect(first).to.match(
      /event Placed, field id: unknown whether step charge would take events that are under way: it has the new rule .*upper/,
    );
  });

  it("is kept by a raised version whose lifts fit each example of the released one", () => {
    const after = orders({ schema: WithCurrency, version: 2, from: { 1: lift } });
    expect(breaks([orders()], [after]).filter((text) => text.includes("event Placed"))).to.deep.equal([]);
    const described = orders({ schema: WithCurrency, version: 2, from: { 1: { schema: Order, lift } } });
    expect(breaks([orders()], [described]).filter((text) => text.includes("event Placed"))).to.deep.equal([]);
  });

  it("is broken by a raised version without a lift, with one that throws or misfits, or that takes too little", () => {
    const eventBreaks = (from?: object) =>
      breaks([orders()], [orders({ schema: WithCurrency, version: 2, ...(from && { from }) })])
        .filter((text) => text.includes("event Placed"))
        .join("\n");
    expect(eventBreaks()).to.match(
      /event Placed, version 1: step charge would let events under way wait as UNSUPPORTED_VERSION: no lift leads on/,
    );
    expect(eventBreaks({ 1: (old: { note: string }) => ({ ...old, currency: old.note.trim() }) })).to.match(
      /the lift of \{"id":""\} throws Cannot read properties of undefined/,
    );
    expect(eventBreaks({ 1: (old: object) => old })).to.match(
      /the lift of \{.*\} becomes \{.*\}, which version 2 refuses: currency/,
    );
    expect(eventBreaks({ 1: { schema: Order.extend({ note: z.string() }), lift } })).to.match(
      /version 1, field note: the schema in `from` would refuse events that are under way, such as \{"id":""\}/,
    );
  });

  it("remembers the schema of a version whose lift has none, and that a lift is there", () => {
    const [first, second] = [orders(), orders({ schema: WithCurrency, version: 2, from: { 1: lift } })];
    const one = renewed(undefined, { flows: [first], note: "", breaking: false });
    const two = lockOf(textOf(renewed(one, { flows: [second], note: "", breaking: true })));
    expect(two.flows.orders?.events.Placed?.schemas["1"]).to.deep.equal(one.flows.orders?.events.Placed?.schemas["1"]);
    const eventBreaks = (now: Flow) =>
      breaksOf(two, [now])
        .map(describeBreak)
        .filter((text) => text.includes("event Placed"));
    expect(eventBreaks(second)).to.deep.equal([]);
    expect(eventBreaks(orders({ schema: WithCurrency, version: 2 })).join()).to.match(/no lift leads on from it/);
    expect(eventBreaks(first).join()).to.match(/its version falls from 2 to 1/);
  });

  it("is broken by a step or a flow that is gone or renamed without `formerly`", () => {
    const { charge } = orders().steps;
    expect(breaks([orders()], [orders({ steps: { collect: charge } })]).join()).to.match(
      /step charge: it is gone; its messages \(Placed\) stay/,
    );
    expect(breaks([orders()], [orders({ steps: { collect: { ...charge, formerly: ["charge"] } } })])).to.deep.equal([]);
    expect(breaks([orders()], [orders({ name: "sales" })]).join()).to.match(/flow orders: it is gone/);
    expect(breaks([orders()], [orders({ name: "sales", formerly: ["orders"] })])).to.deep.equal([]);
  });

  it("is broken by an event that is gone while a step of another flow waits for it", () => {
    const Charged = event("Charged", z.object({ id: z.string() }));
    const Paid = event("Paid", z.object({ id: z.string() }));
    const publisher = (emitted: typeof Charged | typeof Paid) => {
      const Placed = event("Placed", Order);
      return flow("orders", {
        ...about,
        triggers: { orders: api("POST /orders", { emits: Placed }) },
        steps: { charge: step({ on: Placed, emits: [emitted], handler: () => [] }) },
      }) as unknown as Flow;
    };
    const consumer = (awaited: typeof Charged | typeof Paid) =>
      flow("mails", {
        ...about,
        imports: [awaited],
        steps: { mail: step({ on: awaited, emits: [], handler: () => [] }) },
      } as never) as unknown as Flow;
    expect(breaks([publisher(Charged), consumer(Charged)], [publisher(Paid), consumer(Paid)])).to.deep.equal([
      "CONTRACT, flow mails, step mail: it no longer waits for Charged; messages under way would wait as dead letters (UNEXPECTED_EVENT). List the name in `formerly` of an event that was renamed; else add a new step for Paid, and keep this one until its queue is empty (npm run drain-check).",
    ]);
    const stricter = event("Charged", z.object({ id: z.string().min(1) }));
    expect(breaks([publisher(Charged), consumer(Charged)], [publisher(stricter), consumer(stricter)]).join()).to.match(
      /event Charged, field id: step mail of flow mails would refuse events that are under way, such as \{"id":""\}/,
    );
  });

  it("is kept by an event that was renamed with its former name, and by a roll-back", () => {
    const flows = (name: string, { formerly, more = {} }: { formerly?: readonly string[]; more?: z.ZodRawShape } = {}) => {
      const Placed = event(name, z.object({ id: z.string(), ...more }), formerly && { formerly });
      const Charged = event("Charged", z.object({ id: z.string() }));
      return [
        flow("orders", {
          ...about,
          triggers: { orders: api("POST /orders", { emits: Placed }) },
          steps: {
            charge: step({ on: Placed, emits: [Charged], handler: () => Charged({ id: "" }) }),
            meet: step({ on: join({ placed: Placed, charged: Charged }), emits: [], handler: () => [] }),
          },
        }) as unknown as Flow,
        flow("mails", {
          ...about,
          imports: [Placed],
          steps: { mail: step({ on: Placed, emits: [], handler: () => [] }) },
        } as never) as unknown as Flow,
      ];
    };
    const was = flows("Placed");
    const once = flows("OrderPlaced", { formerly: ["Placed"] });
    const twice = flows("OrderTaken", { formerly: ["Placed", "OrderPlaced"] });
    for (const [before, after] of [
      [was, once],
      [once, twice],
      [was, twice],
      [once, was],
      [twice, once],
    ] as const)
      expect(breaks(before, after)).to.deep.equal([]);
    expect(breaks(once, flows("OrderPlaced"))).to.include(
      "CONTRACT, flow orders, event OrderPlaced: its name on the bus changes from Placed to OrderPlaced; step mail of flow mails, step charge, step meet would let events under way wait as dead letters (UNEXPECTED_EVENT). List Placed first in its `formerly`, and keep it there.",
    );
    expect(breaks(once, flows("OrderTaken", { formerly: ["OrderPlaced"] })).join()).to.match(
      /changes from Placed to OrderPlaced/,
    );
    expect(breaks(was, flows("OrderPlaced", { formerly: ["Placed"], more: { currency: z.string() } })).join()).to.match(
      /event OrderPlaced, field currency: step mail of flow mails, step charge, step meet would refuse events/,
    );
  });

  it("is broken by joins that get another part, lose one, rename one or join by another field, and by a lost compensation", () => {
    const A = event("A", z.object({ id: z.string(), key: z.string() }));
    const B = event("B", z.object({ id: z.string(), key: z.string() }));
    const C = event("C", z.object({ id: z.string(), key: z.string() }));
    const joined = (
      parts: Readonly<Record<string, typeof A | typeof B | typeof C>>,
      by?: "id" | "key",
      compensate?: () => void,
    ) =>
      flow("joins", {
        ...about,
        triggers: { a: api("POST /a", { emits: A }), b: api("POST /b", { emits: B }), c: api("POST /c", { emits: C }) },
        steps: { meet: step({ on: join(parts, by && { by }), emits: [], handler: () => [], ...(compensate && { compensate }) }) },
      } as never) as unknown as Flow;
    const was = joined({ a: A, b: B }, "id", () => {});
    expect(breaks([was], [was])).to.deep.equal([]);
    expect(breaks([was], [joined({ a: A, b: B, c: C }, "id", () => {})]).join()).to.match(/step meet: its join also waits for C/);
    expect(breaks([was], [joined({ a: A, c: C }, "id", () => {})]).join()).to.match(/step meet: it no longer waits for B/);
    expect(breaks([was], [joined({ first: A, b: B }, "id", () => {})]).join()).to.match(
      /the part a of its join has another name/,
    );
    expect(breaks([was], [joined({ a: A, b: B }, "key", () => {})]).join()).to.match(/`by` changes from id to key/);
    expect(breaks([was], [joined({ a: A, b: B }, "id")]).join()).to.match(/its `compensate` is gone/);
    const Split = event("Split", z.object({ lines: z.int(), boxes: z.int() }));
    const counted = (count: "lines" | "boxes") =>
      flow("joins", {
        ...about,
        triggers: { a: api("POST /a", { emits: Split }) },
        steps: {
          work: step({ on: Split, emits: [A], handler: () => [] }),
          meet: step({ on: join.all(A, { of: Split, count }), emits: [], handler: () => [] }),
        },
      });
    expect(breaks([counted("lines")], [counted("lines")])).to.deep.equal([]);
    expect(breaks([counted("lines")], [counted("boxes")]).join()).to.match(/its join counted by lines, and now by boxes/);
  });

  it("is broken by routes that are gone, want other credentials, repeat calls under another name, or answer more", () => {
    const Placed = event("Placed", Order);
    const plain = (settings: object = {}) => orders({ trigger: api("POST /orders", { emits: Placed, ...settings }) });
    expect(breaks([orders()], [orders({ trigger: api("POST /sales", { emits: Placed }) })]).join()).to.match(
      /route POST \/orders: it is gone; callers would get 404/,
    );
    expect(breaks([plain()], [plain({ auth: jwtAuth() })]).join()).to.match(/its `auth` has changed/);
    expect(breaks([plain({ auth: jwtAuth() })], [plain({ auth: jwtAuth({ scopes: ["orders"] }) })]).join()).to.match(
      /tokens now need orders/,
    );
    expect(breaks([plain({ auth: jwtAuth({ scopes: ["orders"] }) })], [plain({ auth: jwtAuth() })])).to.deep.equal([]);
    const first = Object.keys(Order.shape)[0] ?? "";
    const queried = plain({ query: [first] });
    expect(breaks([plain()], [queried]).join()).to.match(/its `query` has changed/);
    expect(breaks([queried], [plain()]).join()).to.match(/its `query` has changed/);
    const Wider = event("Placed", Order.extend({ page: z.string().optional() }));
    const wider = orders({
      schema: Wider.schema as z.ZodObject,
      trigger: api("POST /orders", { emits: Wider, query: ["page"] }),
    });
    expect(breaks([plain()], [wider])).to.deep.equal([]);
    expect(breaks([queried], [queried])).to.deep.equal([]);
    const renamed = { ...plain(), triggers: { other: plain().triggers.orders } } as Flow;
    expect(breaks([plain()], [renamed]).join()).to.match(/its trigger orders is named other/);
    const sync = (request: z.ZodObject, answers: z.ZodObject) =>
      orders({
        trigger: api("POST /quotes", {
          mode: "sync",
          request,
          answers,
          emits: Placed,
          handler: () => ({ answer: {}, event: Placed({ id: "" }) }),
        }),
      });
    const was = sync(z.object({ a: z.string() }), z.object({ b: z.enum(["x"]) }));
    expect(
      breaks([was], [sync(z.object({ a: z.string().optional() }), z.object({ b: z.enum(["x"]), c: z.int() }))]),
    ).to.deep.equal([]);
    expect(breaks([was], [sync(z.object({ a: z.string().max(3) }), z.object({ b: z.enum(["x", "y"]) }))])).to.deep.equal([
      'CONTRACT, flow orders, route POST /quotes, request, field a: it would refuse what callers may send, such as {"a":"xxxx"}: it takes at most 3 characters, and may have more. Make the field optional, give it a default, or add another route.',
      'CONTRACT, flow orders, route POST /quotes, answer 200, field b: a client of the released contract would refuse what it may answer, such as {"b":"y"}: it may be "y". Keep what callers know, and add fields only.',
    ]);
  });

  it("is broken by webhooks that are verified otherwise, lose a type, or take less", () => {
    const [Paid, Lost] = [event("Paid", z.object({ id: z.string() })), event("Lost", z.object({ id: z.string() }))];
    const Short = event("Paid", z.object({ id: z.string().max(4) }));
    const hook = (events: object, secret = "shop/webhook") =>
      orders({
        trigger: webhook("POST /hooks/shop", {
          events: events as never,
          by: "body:type",
          verify: hmac({ secret, header: "x-signature" }),
        }),
      });
    const was = hook({ paid: Paid, lost: Lost });
    expect(breaks([was], [hook({ paid: Paid, lost: Lost, more: Paid })])).to.deep.equal([]);
    expect(breaks([was], [hook({ paid: Paid, lost: Lost }, "shop/other")]).join()).to.match(
      /route POST \/hooks\/shop: its `verify` has changed; the third party would be refused/,
    );
    expect(breaks([was], [hook({ paid: Paid })]).join()).to.match(
      /route POST \/hooks\/shop, lost: it is no longer declared; the third party still send/,
    );
    expect(breaks([was], [hook({ paid: Short, lost: Lost })]).join()).to.match(
      /POST \/hooks\/shop, paid, field id: it would refuse what the third party may send, such as \{"id":"xxxxx"\}/,
    );
  });

  it("is broken by third parties whose answers would be refused, or whose repeated calls lose their key", () => {
    const using = (returns: z.ZodObject, header?: string) =>
      orders({
        step: {
          uses: {
            erp: adapter("erp", {
              baseUrl: "https://erp.example.com",
              auth: header ? bearer({ secret: "erp/token" }) : noAuth(),
              timeout: "5 seconds",
              operations: { find: call("GET /orders/:id", { returns, ...(header && { idempotencyHeader: header }) }) },
            }),
          },
        },
      });
    const was = using(z.object({ state: z.string() }));
    expect(breaks([was], [using(z.object({ state: z.string().optional(), more: z.int().optional() }))])).to.deep.equal([]);
    expect(breaks([was], [using(z.object({ state: z.enum(["open", "closed"]) }))]).join()).to.match(
      /third party erp, operation find, answer 2xx, field state: the hub would refuse answers that the third party may give, such as \{"state":/,
    );
    expect(breaks([was], [using(z.object({ state: z.string() }), "x-request-key")]).join()).to.match(
      /its idempotency header changes from idempotency-key to x-request-key/,
    );
  });

  it("is broken by a filter that lets less through, since its publisher and its rule change one after the other", () => {
    const schema = z.object({ id: z.string(), cents: z.int(), country: z.string().default("BR") });
    const Placed = event("Placed", schema);
    const filtered = (filter: object | undefined, version = 1) => {
      const placed = version === 1 ? Placed : event("Placed", schema, { version, from: { 1: { schema, lift: (old) => old } } });
      return orders({
        schema,
        version,
        step: { on: filter ? when(placed, filter) : placed },
        trigger: api("POST /orders", { emits: placed }),
      });
    };
    const change = (before: object | undefined, after: object | undefined, version = 1) =>
      breaks([filtered(before)], [filtered(after, version)]).map((text) => text.split("; ")[0]);
    const narrower = (text: string) => [
      `CONTRACT, flow orders, step charge: its filter of Placed leaves out events that it let through (${text})`,
    ];
    expect(change(undefined, { cents: 5 })).to.deep.equal(narrower("cents is 5"));
    expect(change({ cents: { gte: 5 } }, { cents: { gte: 6 } })).to.deep.equal(narrower("cents >= 6"));
    expect(change({ cents: { gte: 5 } }, { cents: { gt: 5 } })).to.deep.equal(narrower("cents > 5"));
    expect(change({ id: ["a", "b"] }, { id: "a" })).to.deep.equal(narrower('id is "a"'));
    expect(change({ id: "a" }, { id: "a", country: "PT" })).to.deep.equal(narrower('id is "a" and country is "PT"'));
    expect(change({ cents: 5 }, undefined)).to.deep.equal([]);
    expect(change({ cents: 5 }, { cents: { gt: 4, lte: 5 } })).to.deep.equal([]);
    expect(change({ cents: { gt: 5, lt: 9 } }, { cents: [{ gte: 5 }, 1] })).to.deep.equal([]);
    expect(change({ id: "ab", country: "BR" }, { id: { prefix: "a" } })).to.deep.equal([]);
    expect(change(undefined, { cents: 5 }, 2)).to.deep.equal([]);
  });
});
