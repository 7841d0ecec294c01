import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { checkFlow, event, type Flow, graph, step } from "../../../model/index.ts";
import { Asked, diamond, triggers } from "../samples.ts";

const payload = z.object({
  orderId: z.string(),
  count: z.int(),
  amount: z.number().optional(),
  note: z.string().nullable(),
  kind: z.enum(["a", "b"]),
  lines: z.array(z.string()),
  paid: z.boolean(),
  customer: z.object({ id: z.string() }),
  email: z.email().meta({ personal: true }),
});
/** A flow whose event has these keys, as JavaScript could declare them. */
const keyed = (...keys: readonly string[]): Flow => {
  const Other = event("Other", payload, { keys: keys as readonly "orderId"[] });
  const end = step({ on: Asked, emits: [Other], handler: () => [] });
  return { ...diamond, name: "tested", triggers, steps: { end } } as unknown as Flow;
};
const faults = (...keys: readonly string[]) =>
  checkFlow(keyed(...keys)).map(({ code, where, fact }) => `${code} ${where}: ${fact}`);

describe("checkFlow / business keys", () => {
  it("takes up to three fields that are strings or numbers, also optional and nullable ones", () => {
    expect(faults("orderId", "count", "amount")).to.deep.equal([]);
    expect(faults("note", "kind", "email")).to.deep.equal([]);
    expect(faults()).to.deep.equal([]);
  });

  for (const [key, fact] of [
    ["lines", "is array"],
    ["paid", "is boolean"],
    ["customer", "is object"],
    ["orderid", "is no field of its payload"],
    ["customer.id", "is no field of its payload"],
    ["toString", "is no field of its payload"],
  ] as const)
    it(`refuses ${key}`, () => expect(faults(key)).to.deep.equal([`EVENT flow tested, event Other: the key "${key}" ${fact}`]));

  it("refuses a key that is there twice, and a fourth", () => {
    expect(faults("count", "count")).to.deep.equal(['EVENT flow tested, event Other: the key "count" is there twice']);
    expect(faults("orderId", "count", "amount", "kind")).to.deep.equal(["RANGE flow tested, event Other: 4 keys"]);
  });

  it("are in the flow's graph with the mark of personal data, and absent from that of a flow without them", () => {
    const keysOf = (flow: Flow) => graph(flow).events.find(({ name }) => name === "Other");
    expect(keysOf(keyed("orderId", "email"))?.keys).to.deep.equal([
      { field: "orderId", personal: false },
      { field: "email", personal: true },
    ]);
    expect(keysOf(keyed())).not.to.have.property("keys");
  });

  it("must be fields of the schema's payload", () => {
    // @ts-expect-error: no such field
    event("Typed", payload, { keys: ["orderid"] });
    event("Typed", payload, { keys: ["orderId", "email"] });
  });
});
