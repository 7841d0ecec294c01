import { countedFieldsOf, type Sizes, sizesOf } from "../../../../model/counted.ts";
import type { JoinTimedOutData } from "../../../../model/envelope.ts";
import { type AnyEvent, namesOf } from "../../../../model/event.ts";
import { eventOf } from "../../../../model/filter/filter.ts";
import type { AnyJoin, Join } from "../../../../model/join.ts";
import { HUB_EVENT } from "../../../../protocol/reports.ts";
import { cancellationOf } from "../../../cancellations.ts";
import { type Cause, causeOf, countNames, type ReceivedEvent, requestOf, requestsOf } from "../../../envelope/cause.ts";
import { firstNames, formerNames } from "../../../ids.ts";
import type { Entry } from "../../../ports.ts";
import { entryOf, succeededEntry, unusedReport } from "../../../publish/entries.ts";
import { publishAll } from "../../../publish/publish-all.ts";
import type { Services } from "../../../services.ts";
import type { Validators } from "../../../validators.ts";
import { countedJoinStore } from "../delivery/counted-join-store.ts";
import { PostponedError } from "../delivery/errors.ts";
import { type Collected, joinStore } from "../delivery/join-store.ts";
import { payloadOfEvent } from "../delivery/payload.ts";
import { present, type StepMiddleware } from "../delivery/run.ts";

/**
 * Collects a part. When the join is complete, the delivery continues under the join's id, so that the delivery record lets it run
 * once. A part that waits for others, or that is surplus, ends here.
 */
export function collectJoin(services: Services, step: string, join: AnyJoin, validators: Validators): StepMiddleware {
  const { environment } = services;
  const { table, clock } = services;
  const { queueUrl } = environment;
  const isCancelled = async (event: ReceivedEvent) =>
    (await cancellationOf(table, requestOf(event, environment).requestId)) !== undefined;
  const { counted } = join;
  const common = { table, clock, ...firstNames(environment, step), queueUrl };
  const store = counted
    ? countedJoinStore({ ...common, join: { ...join, counted } })
    : joinStore({ ...common, join, isCancelled });
  return {
    before: async ({ event: run }) => {
      const event = present(run.event, "event");
      const [part, contract] = partOf(join, event);
      const payload = payloadOfEvent(event, contract, validators);
      const request = requestOf(event, environment);
      const collected = await store.collect(part, event, request, payload);
      if (run.arrival.message?.delivery === event.metadata.eventId && collected.kind !== "surplus" && collected.kind !== "late")
        await publishAll(services, [collectedReport(event, run.arrival.message.attempts)]);
      if (collected.kind === "contended")
        throw new PostponedError("the join's deadline is decided on at this moment", clock.now());
      if (collected.kind === "open") {
        run.log.info("part collected; the join waits for others", { part });
        return "collected";
      }
      if (collected.kind === "met") {
        run.log.debug("all parts came in time", { part });
        return "collected";
      }
      if (collected.kind === "timed-out") {
        await publishAll(services, timedOutEntries(collected));
        await store.settle(collected.key);
        run.log.warn("the join timed out", { came: collected.parts.map(({ part }) => part) });
        return "timed-out";
      }
      if (collected.kind === "late") {
        await publishAll(services, [surplusReport(event, undefined)]);
        run.log.warn("part came after the join's deadline; it is ignored", { part });
        return "late";
      }
      if (collected.kind === "surplus") {
        await publishAll(services, [surplusReport(event, collected.first, sizeOfSurplus(event, payload))]);
        run.log.info("surplus part: the join already has one", { part });
        return "surplus";
      }
      const { delivery, parts, missing, surplus = [] } = collected;
      if (surplus.length > 0)
        await publishAll(
          services,
          surplus.map((one) => surplusReport(one, undefined)),
        );
      run.cause = { ...causeOf(delivery, parts, environment), ...(missing !== undefined && { missing }) };
      return undefined;
    },
  };

  /** One per request that contributed a part, so that each of them fails. */
  function timedOutEntries({
    delivery,
    parts,
    missing,
    startedAt,
    at,
  }: Extract<Collected, { kind: "timed-out" }>): readonly Entry[] {
    const came = parts.map(({ event }) => ({ event, request: requestOf(event, environment) }));
    const [startedIso, timedOutAt] = [new Date(startedAt).toISOString(), new Date(at).toISOString()];
    return [...Map.groupBy(came, ({ request }) => request.requestId).values()].flatMap((group) => {
      const [first] = group;
      if (!first) return [];
      const causes = group.map(({ event }) => event.metadata.eventId);
      const hop = Math.max(...group.map(({ event }) => event.metadata.hop));
      const parts = countNames(group.map(({ event }) => event));
      const data: JoinTimedOutData = { step, delivery, causes, parts, missing, startedAt: startedIso, timedOutAt };
      const origin = { flow: environment.flow, step, request: first.request, causes, hop };
      return [entryOf(origin, { name: HUB_EVENT.JoinTimedOut, version: 1, ordinal: 0, data, at: timedOutAt }).entry];
    });
  }

  /**
   * Reports a part that was a dead letter before it was collected: the ledger knows a delivery of its own of it. Without causes, so that
   * the part still counts as one that its join waits with.
   */
  function collectedReport(event: ReceivedEvent, attempts: number): Entry {
    const { eventId, occurredAt, hop } = event.metadata;
    return succeededEntry(
      { flow: environment.flow, step, request: requestOf(event, environment), causes: [eventId], hop },
      {
        step,
        ...formerNames(environment),
        delivery: eventId,
        causes: [],
        attempts: attempts + 1,
        startedAt: occurredAt,
        finishedAt: occurredAt,
        emitted: [],
        surplus: true,
      },
    );
  }

  /** Reports a surplus part as succeeded, so that the ledger does not wait for its join. */
  function surplusReport(event: ReceivedEvent, first: ReceivedEvent | undefined, sizes?: Sizes): Entry {
    const primary = first && requestOf(first, environment).requestId;
    const continuedIn = primary === requestOf(event, environment).requestId ? undefined : primary;
    return unusedReport(environment, step, event, {
      parts: { [event.name]: 1 },
      ...(continuedIn !== undefined && { continuedIn }),
      ...(sizes && { sizes }),
    });
  }

  /** What a further `of` says does not count. */
  function sizeOfSurplus({ name }: ReceivedEvent, payload: unknown): Sizes | undefined {
    const sizes = sizesOf(countedFieldsOf({ [step]: { on: join } }), [{ name, data: payload }]);
    return sizes && Object.fromEntries(Object.entries(sizes).map(([size, count]) => [size, -count]));
  }
}

function partOf(join: Join, { name }: ReceivedEvent): readonly [part: string, contract: AnyEvent] {
  const found = Object.entries(join.parts).find(([, event]) => namesOf(event).includes(name));
  const [part, awaited] = present(found, `part for ${name}`);
  return [part, eventOf(awaited)];
}

/** Reports for the requests whose part continued under the primary request, so that the ledger settles them. */
export function continuedReports(
  cause: Cause,
  report: {
    readonly flow: string;
    readonly graph: string;
    readonly formerly?: { readonly flow: readonly string[]; readonly step: readonly string[] };
    readonly step: string;
    readonly attempts: number;
    readonly startedAt: string;
    readonly finishedAt: string;
  },
): readonly Entry[] {
  const { flow, step, attempts, startedAt, finishedAt } = report;
  if (cause.parts.length === 1) return [];
  const [, ...others] = requestsOf(cause, report);
  return others.map(({ request, causes, parts = {} }) => {
    const succeeded = {
      step,
      ...formerNames(report),
      delivery: cause.delivery,
      causes,
      parts,
      attempts,
      startedAt,
      finishedAt,
      emitted: [],
      continuedIn: cause.request.requestId,
    };
    return succeededEntry({ flow, step, request, causes, hop: cause.hop }, succeeded);
  });
}
