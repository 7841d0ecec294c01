import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import {
  adapter,
  api,
  call,
  event,
  flow,
  noAuth,
  personalFieldsOf,
  type StepContext,
  step,
  TerminalError,
} from "../../../model/index.ts";
import { serveStep } from "../../../runtime/index.ts";
import { deliver, fakeDependencies, message, validatorsOf } from "../fakes/dependencies.ts";
import { busEvent } from "../fakes/fake-bus.ts";

const personal = { personal: true };
const Person = z.object({ fullName: z.string().meta(personal), city: z.string() });
const Order = z.object({
  orderId: z.string(),
  email: z.email().meta(personal).optional(),
  buyer: Person,
  others: z.array(Person).default([]),
  aliases: z.array(z.string().meta(personal)).default([]),
});
const Ordered = event("Ordered", Order);
const Checked = event("Checked", z.object({ orderId: z.string() }));
const crm = adapter("crm", {
  baseUrl: "https://crm.example.com",
  auth: noAuth(),
  timeout: "5 seconds",
  operations: { find: call("GET /people/:id", { returns: z.object({ nickname: z.string().min(1).meta(personal) }) }) },
});

type Handler = (input: z.output<typeof Order>, tools: Pick<StepContext, "log">) => never;
const ordersOf = (handler: Handler) =>
  flow("orders", {
    summary: "",
    owner: "",
    imports: [Ordered],
    triggers: {
      ask: api("POST /ask", {
        mode: "sync",
        request: z.object({ ssn: z.string().meta(personal) }),
        answers: z.object({ verdict: z.string().meta(personal) }),
        emits: Checked,
        handler: () => ({ answer: { verdict: "" }, event: Checked({ orderId: "" }) }),
      }),
    },
    steps: { check: step({ on: Ordered, emits: [Checked], uses: { crm }, handler }) },
  });

const ordered = busEvent("Ordered", {
  orderId: "o-1",
  email: "ada@example.com",
  buyer: { fullName: "Ada Lovelace", city: "London" },
  aliases: ["Countess"],
});

describe("personal data", () => {
  it("is known by the names of the marked fields, in events, operations and synchronous endpoints", () => {
    const names = personalFieldsOf(
      ordersOf(() => {
        throw new Error("never called");
      }),
    );
    expect(names).to.deep.equal(["aliases", "email", "fullName", "nickname", "ssn", "verdict"]);
  });

  it("is masked in log lines by its field and by its value, and in what the ledger gets", async () => {
    const around = fakeDependencies();
    const orders = ordersOf(({ buyer, email }, { log }) => {
      log.info(`checking ${buyer.fullName}`, { buyer, note: `to ${email}` });
      throw new TerminalError(`no credit for ${buyer.fullName}`);
    });
    const handle = serveStep(orders, "check", validatorsOf(orders), () => around.services);
    await deliver(handle, message(ordered));
    const line = around.lines.find(({ message }) => message === "checking ***");
    expect(line).to.deep.include({ buyer: { fullName: "***", city: "London" }, note: "to ***" });
    const everything = JSON.stringify([around.lines, around.bus.entries, around.sent.map(({ attributes }) => attributes)]);
    expect(everything)
      .to.include("no credit for ***")
      .and.not.to.match(/Lovelace|ada@/);
  });
});
