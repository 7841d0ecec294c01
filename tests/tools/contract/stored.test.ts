import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { adapter, api, call, event, type Flow, flow, join, noAuth, poll, step } from "../../../model/index.ts";
import { about, breaks } from "./gate.ts";

const Order = z.object({ id: z.string(), customer: z.string(), revision: z.int() });
const Placed = event("Placed", Order);
const Paid = event("Paid", Order);
const Charged = event("Charged", z.object({ id: z.string() }));
const Noted = event("Noted", z.object({ id: z.string() }));

/** POST /orders -> Placed -> the step. */
const orders = (more: object, { name = "orders", step: called = "charge", ...rest }: Readonly<Record<string, unknown>> = {}) =>
  flow(String(name), {
    ...about,
    ...rest,
    triggers: { orders: api("POST /orders", { emits: Placed }), payments: api("POST /payments", { emits: Paid }) },
    steps: { [String(called)]: step({ on: Placed, emits: [Charged], handler: () => [], ...more } as never) },
  } as never) as unknown as Flow;

describe("the released contract, of what the state table holds", () => {
  describe("of a poll", () => {
    const Cursor = z.object({ after: z.string(), page: z.int() });
    const arrivals = (
      cursor: z.ZodObject = Cursor,
      { trigger = "arrivals", emits = Placed }: { trigger?: string; emits?: typeof Placed } = {},
    ) =>
      flow("port", {
        ...about,
        triggers: {
          [trigger]: poll("rate(5 minutes)", {
            emits: [emits],
            cursor,
            start: { after: "", page: 0 } as never,
            page: () => ({ events: [], cursor: {} as never, more: false }),
          }),
        },
        steps: { charge: step({ on: emits, emits: [], handler: () => [] }) },
      }) as unknown as Flow;

    it("is kept by the same cursor, optional fields and defaults, another start, and by a poll that is gone", () => {
      expect(breaks([arrivals()], [arrivals()])).to.deep.equal([]);
      const wider = Cursor.extend({ seen: z.array(z.string()).optional(), limit: z.int().default(50) });
      expect(breaks([arrivals()], [arrivals(wider)])).to.deep.equal([]);
      const { triggers: _, ...withoutPoll } = arrivals();
      expect(
        breaks([arrivals()], [{ ...withoutPoll, triggers: { orders: api("POST /orders", { emits: Placed }) } }]),
      ).to.deep.equal([]);
    });

    it("is broken by a cursor that the stored one does not fit, with that cursor", () => {
      expect(breaks([arrivals()], [arrivals(Cursor.extend({ shard: z.string() }))])).to.deep.equal([
        'CONTRACT, flow port, poll arrivals, cursor, field shard: the next run would refuse the cursor that the table may hold, such as {"after":"","page":0}: it is required and may be absent. Make the field optional, or give it a default.',
      ]);
      expect(breaks([arrivals()], [arrivals(Cursor.extend({ after: z.iso.datetime() }))]).join()).to.match(
        /cursor, field after: the next run would refuse .*such as \{"after":/,
      );
      expect(breaks([arrivals()], [arrivals(Cursor.extend({ page: z.string() }))]).join()).to.match(
        /field page: the next run would/,
      );
    });

    it("is broken for a roll-back by a cursor that the released code refuses", () => {
      const [first, ...others] = breaks([arrivals()], [arrivals(z.object({ after: z.string() }))]);
      expect(first).to.match(
        /cursor, field page: after a roll-back, the next run would refuse the cursor that this code stores, such as \{"after":""\}/,
      );
      expect(others).to.deep.equal([]);
    });

    it("is broken by another name, under which it begins at `start`, also where its event was renamed", () => {
      const renamed =
        /^CONTRACT, flow port, poll arrivals: it is named ships, which begins at `start`; what was read before would/;
      expect(breaks([arrivals()], [arrivals(Cursor, { trigger: "ships" })]).join()).to.match(renamed);
      const Arrived = event("Arrived", Order, { formerly: ["Placed"] }) as unknown as typeof Placed;
      expect(breaks([arrivals()], [arrivals(Cursor, { trigger: "ships", emits: Arrived })]).join()).to.match(renamed);
    });
  });

  it("is broken by steps and flows whose first name changes", () => {
    const renamed = (formerly?: readonly string[], name = "collect") => orders({ formerly }, { step: name });
    expect(breaks([orders({})], [renamed(["charge"])])).to.deep.equal([]);
    expect(breaks([renamed(["charge"])], [renamed(["charge", "collect"], "take")])).to.deep.equal([]);
    expect(breaks([renamed(["charge"])], [renamed()])).to.deep.equal([
      "CONTRACT, flow orders, step collect: its first name changes from charge to collect; delivery records and parts of joins are kept under the first name, so handlers of messages under way would run again, and their joins would never be complete. List charge first in its `formerly`, and keep it there.",
    ]);
    expect(breaks([renamed(["charge"])], [renamed(["collect", "charge"], "take")]).join()).to.match(
      /step collect: its first name changes from charge to collect/,
    );
    expect(breaks([orders({})], [orders({}, { name: "sales", formerly: ["orders"] })])).to.deep.equal([]);
    expect(breaks([orders({}, { name: "sales", formerly: ["orders"] })], [orders({}, { name: "sales" })])).to.deep.equal([
      "CONTRACT, flow sales: its first name changes from orders to sales; delivery records and parts of joins are kept under the first name, so handlers of messages under way would run again, and their joins would never be complete. List orders first in its `formerly`, and keep it there.",
    ]);
  });

  it("is broken by joins whose parts meet across tenants, or no longer", () => {
    const meeting = (acrossTenants?: boolean) =>
      orders({ on: join({ placed: Placed, paid: Paid }, { by: "id", ...(acrossTenants !== undefined && { acrossTenants }) }) });
    expect(breaks([meeting()], [meeting(false)])).to.deep.equal([]);
    expect(breaks([meeting()], [meeting(true)]).join()).to.match(
      /step charge: its join's `acrossTenants` changes to true; parts collected before and after would not meet/,
    );
    expect(breaks([meeting(true)], [meeting()]).join()).to.match(/its join's `acrossTenants` changes to false/);
  });

  it("is broken by a serial step with another key or version, and kept by one that is no longer serial", () => {
    const serial = (serial?: object) => orders({ ...(serial && { serial }) });
    const was = serial({ by: "id", version: "revision" });
    expect(breaks([was], [serial({ version: "revision", by: "id", acrossTenants: false })])).to.deep.equal([]);
    expect(breaks([was], [serial()])).to.deep.equal([]);
    expect(breaks([serial()], [was])).to.deep.equal([]);
    for (const changed of [
      { by: "customer", version: "revision" },
      { by: "id" },
      { ...was.steps.charge?.serial, acrossTenants: true },
    ])
      expect(breaks([was], [serial(changed)]).join()).to.match(
        /step charge: its `serial` changes from \{"by":"id","version":"revision"\} to \{.*\}; deliveries under way would overlap with later ones, and the highest version handled is forgotten/,
      );
  });

  it("is broken by a step that loses an event which its compensation gets", () => {
    const undone = (emits: readonly unknown[], compensate: unknown = () => {}) => orders({ emits, compensate });
    expect(breaks([undone([Charged])], [undone([Charged, Noted])])).to.deep.equal([]);
    expect(breaks([orders({ emits: [Charged, Noted] })], [orders({ emits: [Noted] })])).to.deep.equal([]);
    expect(breaks([undone([Charged, Noted])], [undone([Noted])]).join()).to.match(
      /step charge: it no longer emits Charged; its `compensate` would not get what it emitted before\. Keep Charged in its `emits`/,
    );
    const Taken = event("Taken", z.object({ id: z.string() }), { formerly: ["Charged"] });
    expect(breaks([undone([Charged])], [undone([Taken])])).to.deep.equal([]);
  });

  it("is broken by an operation with another name, whose repeated calls have another idempotency key", () => {
    const using = (operation: string, options: object = {}, route = "POST /charges") => {
      const bank = adapter("bank", {
        baseUrl: "https://bank.example.com",
        auth: noAuth(),
        timeout: "5 seconds",
        operations: { [operation]: call(route as "POST /charges", { returns: z.object({ id: z.string() }), ...options }) },
      });
      return orders({ uses: { bank } });
    };
    expect(breaks([using("charge")], [using("collect")])).to.deep.equal([
      "CONTRACT, third party bank, operation charge: it is named collect; a call that is repeated after the deployment has another idempotency key, and may have its effect twice. Keep the name charge, or let the queues of the steps that use it run empty first.",
    ]);
    expect(breaks([using("charge")], [using("refund", {}, "POST /refunds")])).to.deep.equal([]);
    expect(breaks([using("charge", { safeToRepeat: true })], [using("collect", { safeToRepeat: true })])).to.deep.equal([]);
    expect(breaks([using("find", {}, "GET /charges")], [using("look", {}, "GET /charges")])).to.deep.equal([]);
  });

  it("is broken by a stricter event that another flow publishes now", () => {
    const shop = (emits: typeof Charged, other: typeof Charged | undefined) => [
      flow("orders", {
        ...about,
        triggers: { orders: api("POST /orders", { emits: Placed }) },
        ...(other && { imports: [other] }),
        steps: {
          charge: step({ on: Placed, emits: other ? [] : [emits], handler: () => [] }),
          ship: step({ on: emits, emits: [], handler: () => [] }),
        },
      } as never) as unknown as Flow,
      flow("bank", {
        ...about,
        triggers: { payments: api("POST /payments", { emits: Paid }) },
        steps: { charge: step({ on: Paid, emits: other ? [emits] : [], handler: () => [] }) },
      }) as unknown as Flow,
    ];
    expect(breaks(shop(Charged, undefined), shop(Charged, Charged))).to.deep.equal([]);
    const Longer = event("Charged", z.object({ id: z.string().min(3) }));
    expect(breaks(shop(Charged, undefined), shop(Longer, Longer)).join()).to.match(
      /event Charged, field id: step ship would refuse events that are under way, such as \{"id":""\}/,
    );
  });
});
