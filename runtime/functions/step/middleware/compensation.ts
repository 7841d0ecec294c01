import { type CompensateStepData, compensationOf, type Envelope } from "../../../../model/envelope.ts";
import { TerminalError } from "../../../../model/errors.ts";
import { type AnyEvent, namesOf } from "../../../../model/event.ts";
import { eventOf } from "../../../../model/filter/filter.ts";
import type { AnyStep } from "../../../../model/flow.ts";
import { HUB_EVENT } from "../../../../protocol/reports.ts";
import { hideInScope } from "../../../logging/scope.ts";
import { valuesOf } from "../../../mask.ts";
import type { Validators } from "../../../validators.ts";
import { BlockedError } from "../delivery/errors.ts";
import { payloadOf } from "../delivery/payload.ts";
import type { DeliveryRecords } from "../delivery/records.ts";
import { present, type StepMiddleware } from "../delivery/run.ts";

/** True for CompensateStep, by which the ledger triggers a compensation. */
export function isCompensation(body: string): boolean {
  // Most messages are spared a parse.
  if (!body.includes(HUB_EVENT.CompensateStep)) return false;
  try {
    return (JSON.parse(body) as { readonly "detail-type"?: unknown } | null)?.["detail-type"] === HUB_EVENT.CompensateStep;
  } catch {
    return false;
  }
}

/** Turns CompensateStep into a delivery with its own attempts, record and dead letters. */
export const identifyCompensation = (name: string, step: AnyStep): StepMiddleware => ({
  before: ({ event: run }) => {
    const cause = present(run.cause, "cause");
    const { step: asked, delivery } = (present(run.event, "event").data ?? {}) as Partial<CompensateStepData>;
    // A request that began under a former name of the step has it in its graph, by which the ledger asks.
    const isThis = asked !== undefined && [name, ...(step.formerly ?? [])].includes(asked);
    if (!isThis || typeof delivery !== "string" || !step.compensate) {
      throw new BlockedError(
        "UNEXPECTED_EVENT",
        `CompensateStep is for another step than ${name}, or the step declares no compensation. Deploy code that does, or check the rule of its queue.`,
      );
    }
    run.cause = { ...cause, delivery: compensationOf(delivery), compensates: delivery };
  },
});

/** Reads the compensation's input: input and result of the handler, lifted to the versions that the code declares now. */
export const recallDelivery = (records: DeliveryRecords, step: AnyStep, validators: Validators): StepMiddleware => ({
  before: async ({ event: run }) => {
    const delivery = present(present(run.cause, "cause").compensates, "delivery to compensate");
    const done = await records.done(delivery);
    if (!done) {
      throw new TerminalError(
        `the table holds no finished delivery ${delivery} of this step. Undo its effect by hand, and discard the dead letter.`,
        { code: "NOTHING_TO_UNDO" },
      );
    }
    const versionOf = (part: string, contract: AnyEvent) => done.versions[part] ?? contract.version;
    const now = (part: string, contract: AnyEvent, data: unknown) =>
      payloadOf({ contract, version: versionOf(part, contract), data }, validators);
    const contracts = new Map<string, AnyEvent>(step.emits.flatMap((event) => namesOf(event).map((name) => [name, event])));
    const parts: readonly (readonly [string, AnyEvent])[] =
      step.on.kind === "event"
        ? [["", eventOf(step.on)]]
        : Object.entries(step.on.parts).map(([part, awaited]) => [part, eventOf(awaited)]);
    run.eventVersion = Math.min(...parts.map(([part, contract]) => versionOf(part, contract)));
    const kept = done.input as Readonly<Record<string, unknown>>;
    const isCounted = step.on.kind === "join" && step.on.counted !== undefined;
    const payloads = parts.map(([part, contract]) => {
      if (part === "") return [part, now(part, contract, done.input)] as const;
      const data = kept[part];
      return [
        part,
        isCounted && part === "all" && Array.isArray(data)
          ? data.map((one) => now(part, contract, one))
          : now(part, contract, data),
      ] as const;
    });
    run.input = {
      input:
        step.on.kind === "event"
          ? payloads[0]?.[1]
          : { ...Object.fromEntries(payloads), ...(isCounted && { missing: kept.missing }) },
      emitted: done.entries.flatMap(({ detailType, detail }) => {
        const contract = contracts.get(detailType);
        if (!contract) return [];
        const { metadata, data } = JSON.parse(detail) as Envelope;
        return [{ type: contract.type, data: payloadOf({ contract, version: metadata.version, data }, validators) }];
      }),
    };
    hideInScope(valuesOf(run.input, validators.personal));
  },
});
