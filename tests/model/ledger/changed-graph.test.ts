import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { api, event, type Facts, flow, graph, join, settle, step } from "../../../model/index.ts";

const A = event("Asked", z.object({}));
const B = event("Billed", z.object({}));
const orders = flow("orders", {
  summary: "",
  owner: "",
  triggers: { ask: api("POST /asked", { emits: A }) },
  steps: {
    bill: step({ on: A, emits: [B], handler: () => B({}) }),
    both: step({ on: join({ asked: A, billed: B }), emits: [], handler: () => [] }),
  },
});
/** The graph with which the request began; docs/changes.md says what each change means. */
const began = graph(orders);
const at = "2026-11-24T10:00:00.000Z";
const asked = { eventId: "e-1", name: "Asked", step: "trigger:ask", occurredAt: at };
const done = (name: string, delivery: string, causes: readonly string[], emitted: Facts["deliveries"][number]["emitted"] = []) =>
  ({ step: name, delivery, causes, status: "succeeded", attempts: 1, startedAt: at, finishedAt: at, emitted }) as const;
const billed = done("bill", "e-1", ["e-1"], [{ name: "Billed", eventId: "e-2" }]);
const statusOf = (...deliveries: Facts["deliveries"]) => settle(began, { events: [asked], deliveries }).status;

describe("settle / a request whose flow's graph has changed", () => {
  it("stays open while a step that was removed, or a join that was widened, does not report", () => {
    expect([statusOf(billed), statusOf(billed, done("both", "join:1", ["e-1", "e-2"]))]).to.deep.equal(["running", "completed"]);
  });

  it("ends without a step that was added, whether or not that has reported", () => {
    const ended = [billed, done("both", "join:1", ["e-1", "e-2"])];
    const failing = { ...done("added", "e-1", ["e-1"]), status: "failed" } as const;
    expect([statusOf(...ended), statusOf(...ended, failing)]).to.deep.equal(["completed", "completed"]);
  });
});
