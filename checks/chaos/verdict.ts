import { KINDS } from "./fault-kinds.ts";
import type { Observation, Seen } from "./observation.ts";
import { EXPECTED } from "./workload.ts";

export interface Finding {
  readonly claim: string;
  /** One sentence each; empty when the claim holds. */
  readonly counterexamples: readonly string[];
}

/** Judges a run. Pure: the result depends on the observation only. */
export function verdict(observation: Observation): readonly Finding[] {
  const { seen, deadLettersInCalm, deadLettersAtEnd, restInCalm, restAtEnd } = observation;
  return [
    { claim: "every repeated request kept its id", counterexamples: seen.flatMap(otherIds) },
    {
      claim: "without faults, every request either has ended or has a dead letter",
      counterexamples: notExactlyOneEnd(observation),
    },
    { claim: "without faults, no message and no delivery is left", counterexamples: leftIn(restInCalm) },
    { claim: "after a redrive, only requests that can't succeed have dead letters", counterexamples: notHopeless(observation) },
    { claim: "every request has its expected final status", counterexamples: seen.flatMap(wrongEnd) },
    { claim: "no request changed its final status", counterexamples: seen.flatMap(changedEnd) },
    {
      claim: "each third party performed each expected effect exactly once, and no other",
      counterexamples: wrongEffects(observation),
    },
    { claim: "each effect has an idempotency key", counterexamples: withoutKey(observation) },
    { claim: "no dead letter is left", counterexamples: deadLettersAtEnd.map(({ id, step }) => `${id} of ${step} is open.`) },
    { claim: "at the end, no message and no delivery is left", counterexamples: leftIn(restAtEnd) },
    { claim: "every dead letter belongs to a request", counterexamples: strayDeadLetters(deadLettersInCalm, seen) },
    { claim: "each kind of fault was injected", counterexamples: missingFaults(observation) },
  ];
}

const otherIds = ({ asked, requestId, otherIds }: Seen) =>
  otherIds.map((other) => `${asked.correlationId} is ${requestId}, and was ${other} before.`);

function notExactlyOneEnd({ seen, deadLettersInCalm }: Observation): string[] {
  const deadLettered = new Set(deadLettersInCalm.map(({ requestId }) => requestId));
  return seen.flatMap(({ asked, requestId, statusInCalm }) => {
    const dead = deadLettered.has(requestId);
    const ended = statusInCalm !== undefined && ["completed", "failed", "compensated"].includes(statusInCalm);
    if (dead !== ended) return [];
    return [`${asked.correlationId} is ${statusInCalm ?? "unknown"}, with${dead ? "" : "out"} an open dead letter.`];
  });
}

function notHopeless({ seen, deadLettersAfterRedrive }: Observation): string[] {
  const kinds = new Map(seen.map(({ asked, requestId }) => [requestId, asked.kind]));
  return deadLettersAfterRedrive.flatMap(({ id, step, requestId }) => {
    const kind = kinds.get(requestId ?? "");
    return kind && "hopeless" in EXPECTED[kind] ? [] : [`${id} of ${step}, of ${kind ?? "no request"} ${requestId ?? ""}.`];
  });
}

export const leftIn = ({ queues, deliveries }: Observation["restAtEnd"]) => [
  ...queues.filter(({ messages }) => messages > 0).map(({ name, messages }) => `${name} holds ${messages}.`),
  ...(deliveries > 0 ? [`${deliveries} deliveries of events are under way.`] : []),
];

const wrongEnd = ({ asked, requestId, statusAtEnd }: Seen) =>
  statusAtEnd === EXPECTED[asked.kind].end
    ? []
    : [
        `${asked.correlationId} (${asked.kind}, ${requestId}) is ${statusAtEnd ?? "unknown"} instead of ${EXPECTED[asked.kind].end}.`,
      ];

const changedEnd = ({ asked, firstEnd, statusAtEnd }: Seen) =>
  firstEnd === undefined || firstEnd === statusAtEnd
    ? []
    : [`${asked.correlationId} was ${firstEnd}, and is ${statusAtEnd ?? "unknown"}.`];

function wrongEffects({ seen, effects }: Observation): string[] {
  const done = Map.groupBy(effects, ({ correlationId }) => correlationId ?? "");
  const unknownCallers = [...done.keys()].filter((id) => !seen.some(({ asked }) => asked.correlationId === id));
  return [
    ...unknownCallers.map((id) => `an effect has the correlation id ${id || "none"}, which belongs to no request.`),
    ...seen.flatMap(({ asked }) => {
      const had = (done.get(asked.correlationId) ?? []).map(({ target, operation }) => `${target} ${operation}`).sort();
      const due = [...EXPECTED[asked.kind].effects].sort();
      return had.join() === due.join()
        ? []
        : [
            `${asked.correlationId} (${asked.kind}) had the effects ${had.join(", ") || "none"} instead of ${due.join(", ") || "none"}.`,
          ];
    }),
  ];
}

const withoutKey = ({ effects }: Observation) =>
  effects
    .filter(({ idempotencyKey }) => idempotencyKey === null)
    .map(({ target, operation, correlationId }) => `${target} ${operation} for ${correlationId} had no key.`);

const strayDeadLetters = (deadLetters: Observation["deadLettersInCalm"], seen: readonly Seen[]) =>
  deadLetters
    .filter(({ requestId }) => !seen.some((request) => request.requestId === requestId))
    .map(({ id, step, requestId }) => `${id} of ${step} belongs to ${requestId ?? "none"}.`);

function missingFaults({ journal }: Observation): string[] {
  const struck = new Set(journal.map(({ kind }) => kind));
  return KINDS.filter((kind) => !struck.has(kind)).map((kind) => `${kind} was never injected; use more requests.`);
}
