import { type CompensateStepData, compensationOf, type Envelope } from "../../../../model/envelope.ts";
import { TerminalError } from "../../../../model/errors.ts";
import type { AnyStep } from "../../../../model/flow.ts";
import type { Entry } from "../../../ports.ts";
import type { DeliveryRecords } from "../delivery/records.ts";
import { present, type StepMiddleware } from "../delivery/run.ts";

/** True for CompensateStep, by which the ledger triggers a compensation. */
export function isCompensation(body: string): boolean {
  try {
    return (JSON.parse(body) as { readonly "detail-type"?: unknown } | null)?.["detail-type"] === "CompensateStep";
  } catch {
    return false;
  }
}

/** Turns CompensateStep into a delivery with its own attempts, record and dead letters. */
export const identifyCompensation = (name: string, step: AnyStep): StepMiddleware => ({
  before: ({ event: run }) => {
    const cause = present(run.cause, "cause");
    const { step: asked, delivery } = (present(run.event, "event").data ?? {}) as Partial<CompensateStepData>;
    if (asked !== name || typeof delivery !== "string" || !step.compensate) {
      throw new TerminalError(
        `CompensateStep is for another step than ${name}, or the step declares no compensation. Check the rule of its queue.`,
        { code: "UNEXPECTED_EVENT" },
      );
    }
    run.cause = { ...cause, delivery: compensationOf(delivery), compensates: delivery };
  },
});

/** Reads the compensation's input: input and result of the handler. */
export const recallDelivery = (records: DeliveryRecords, step: AnyStep): StepMiddleware => ({
  before: async ({ event: run }) => {
    const delivery = present(present(run.cause, "cause").compensates, "delivery to compensate");
    const done = await records.done(delivery);
    if (!done) {
      throw new TerminalError(
        `the table holds no finished delivery ${delivery} of this step. Undo its effect by hand, and discard the dead letter.`,
        { code: "NOTHING_TO_UNDO" },
      );
    }
    const emitted = new Set(step.emits.map(({ type }) => type as string));
    run.input = { input: done.input, emitted: done.entries.filter(({ detailType }) => emitted.has(detailType)).map(messageOf) };
  },
});

const messageOf = ({ detailType, detail }: Entry) => ({ type: detailType, data: (JSON.parse(detail) as Envelope).data });
