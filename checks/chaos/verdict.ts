import { KINDS } from "./faults.ts";
import type { Observation, Seen } from "./observation.ts";
import { EXPECTED } from "./workload.ts";

export interface Finding {
  readonly claim: string;
  /** What speaks against it, one sentence each; empty when it holds. */
  readonly against: readonly string[];
}

/** Judges a run. Pure: what it says is in the observation. */
export function verdict(observation: Observation): readonly Finding[] {
  const { seen, lettersInCalm, lettersAtEnd, restInCalm, restAtEnd } = observation;
  return [
    { claim: "every request that was sent again kept its id", against: seen.flatMap(otherIds) },
    {
      claim: "in the calm, every request has ended or lies in the dead letters, and not both",
      against: nowhereOrTwice(observation),
    },
    { claim: "in the calm, no queue and no delivery holds anything", against: leftIn(restInCalm) },
    { claim: "after a redrive, only what can't succeed lies in the dead letters", against: notHopeless(observation) },
    { claim: "every request has the end it has to have", against: seen.flatMap(wrongEnd) },
    { claim: "no request changed its end", against: seen.flatMap(changedEnd) },
    { claim: "each third party did each thing once, and nothing it should not have done", against: wrongEffects(observation) },
    { claim: "each effect has an idempotency key", against: withoutKey(observation) },
    { claim: "no dead letter is left", against: lettersAtEnd.map(({ id, step }) => `${id} of ${step} is open.`) },
    { claim: "no queue and no delivery is left", against: leftIn(restAtEnd) },
    { claim: "every dead letter belongs to a request", against: strayLetters(lettersInCalm, seen) },
    { claim: "each kind of fault has struck", against: unstruck(observation) },
  ];
}

const otherIds = ({ asked, requestId, otherIds }: Seen) =>
  otherIds.map((other) => `${asked.correlationId} is ${requestId}, and was ${other} before.`);

function nowhereOrTwice({ seen, lettersInCalm }: Observation): string[] {
  const buried = new Set(lettersInCalm.map(({ requestId }) => requestId));
  return seen.flatMap(({ asked, requestId, statusInCalm }) => {
    const dead = buried.has(requestId);
    const ended = statusInCalm !== undefined && ["completed", "failed", "compensated"].includes(statusInCalm);
    if (dead !== ended) return [];
    return [`${asked.correlationId} is ${statusInCalm ?? "unknown"}, with${dead ? "" : "out"} an open dead letter.`];
  });
}

function notHopeless({ seen, lettersAfterRedrive }: Observation): string[] {
  const kinds = new Map(seen.map(({ asked, requestId }) => [requestId, asked.kind]));
  return lettersAfterRedrive.flatMap(({ id, step, requestId }) => {
    const kind = kinds.get(requestId ?? "");
    return kind && "hopeless" in EXPECTED[kind] ? [] : [`${id} of ${step}, of ${kind ?? "no request"} ${requestId ?? ""}.`];
  });
}

const leftIn = ({ queues, deliveries }: Observation["restAtEnd"]) => [
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
  const strangers = [...done.keys()].filter((id) => !seen.some(({ asked }) => asked.correlationId === id));
  return [
    ...strangers.map((id) => `something was done for ${id || "nobody"}, whom no request is from.`),
    ...seen.flatMap(({ asked }) => {
      const had = (done.get(asked.correlationId) ?? []).map(({ target, operation }) => `${target} ${operation}`).sort();
      const due = [...EXPECTED[asked.kind].effects].sort();
      return had.join() === due.join()
        ? []
        : [
            `for ${asked.correlationId} (${asked.kind}) was done: ${had.join(", ") || "nothing"}; due was: ${due.join(", ") || "nothing"}.`,
          ];
    }),
  ];
}

const withoutKey = ({ effects }: Observation) =>
  effects
    .filter(({ idempotencyKey }) => idempotencyKey === null)
    .map(({ target, operation, correlationId }) => `${target} ${operation} for ${correlationId} had none.`);

const strayLetters = (letters: Observation["lettersInCalm"], seen: readonly Seen[]) =>
  letters
    .filter(({ requestId }) => !seen.some((one) => one.requestId === requestId))
    .map(({ id, step, requestId }) => `${id} of ${step} belongs to ${requestId ?? "none"}.`);

function unstruck({ journal }: Observation): string[] {
  const struck = new Set(journal.map(({ kind }) => kind));
  return KINDS.filter((kind) => !struck.has(kind)).map((kind) => `${kind} never did; take more requests.`);
}
