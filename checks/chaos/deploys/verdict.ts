import type { Listed } from "../caller.ts";
import type { DeadLetter, Observation } from "../observation.ts";
import type { Finding } from "../verdict.ts";
import { ENDS, type Order } from "./requests.ts";

/** Observation of a run of deployments; input of the verdict. */
export interface Deployed {
  readonly seen: readonly {
    readonly asked: Order;
    readonly requestId: string;
    readonly otherIds: readonly string[];
    readonly firstEnd: string | undefined;
    readonly statusAtEnd: string | undefined;
    /** Least number of deployments that began while the request was in progress. */
    readonly crossed: number;
  }[];
  /** Requests that the poll has begun, one for each ship. */
  readonly polled: readonly (Listed & { readonly ships: readonly string[] })[];
  /** Requests that events of the orders have opened in another flow. */
  readonly children: readonly Listed[];
  readonly effects: Observation["effects"];
  /** Open and automatically redriven ones. */
  readonly deadLetters: readonly DeadLetter[];
  readonly restAtEnd: Observation["restAtEnd"];
  /** Names of the changes that were deployed, in order. */
  readonly deployed: readonly string[];
  /** Illegal changes, and what the gate said. */
  readonly refused: readonly { readonly mistake: string; readonly said: readonly string[]; readonly asExpected: boolean }[];
}

/** Judges a run. Pure: the result depends on the observation only. */
export function deployVerdict({
  seen,
  polled,
  children,
  effects,
  deadLetters,
  restAtEnd,
  refused,
}: Deployed): readonly Finding[] {
  return [
    {
      claim: "every request kept its id",
      counterexamples: seen.flatMap(({ asked, requestId, otherIds }) =>
        otherIds.map((other) => `${asked.correlationId} is ${requestId}, and was ${other} before.`),
      ),
    },
    {
      claim: "every request ended as it would have under each version of the program",
      counterexamples: seen.flatMap(({ asked, requestId, statusAtEnd }) =>
        statusAtEnd === ENDS[asked.kind].status
          ? []
          : [`${asked.correlationId} (${asked.kind}, ${requestId}) is ${statusAtEnd ?? "unknown"}.`],
      ),
    },
    {
      claim: "no request changed its final status",
      counterexamples: seen.flatMap(({ asked, firstEnd, statusAtEnd }) =>
        firstEnd === undefined || firstEnd === statusAtEnd
          ? []
          : [`${asked.correlationId} was ${firstEnd}, and is ${statusAtEnd ?? "unknown"}.`],
      ),
    },
    { claim: "each effect took place exactly once, and no other", counterexamples: wrongEffects({ seen, polled, effects }) },
    {
      claim: "each request that a poll began, or an event of another flow, has completed",
      counterexamples: [...polled, ...children].flatMap(({ requestId, status }) =>
        status === "completed" ? [] : [`${requestId} is ${status}.`],
      ),
    },
    { claim: "the poll began one request for each ship, and left none out", counterexamples: wrongShips(polled) },
    {
      claim: "no message became a dead letter",
      counterexamples: deadLetters.map(({ id, step, requestId }) => `${id} of ${step}, of ${requestId ?? "no request"}.`),
    },
    {
      claim: "at the end, no message and no delivery is left",
      counterexamples: [
        ...restAtEnd.queues.filter(({ messages }) => messages > 0).map(({ name, messages }) => `${name} holds ${messages}.`),
        ...(restAtEnd.deliveries > 0 ? [`${restAtEnd.deliveries} deliveries of events are under way.`] : []),
      ],
    },
    {
      claim: "the gate refused each illegal change, with its reason and a payload where one shows it",
      counterexamples: refused
        .filter(({ asExpected }) => !asExpected)
        .map(({ mistake, said }) => `a change that ${mistake}: ${said.join(" ") || "it was taken."}`),
    },
    {
      claim: "requests were under way during deployments",
      counterexamples: seen.some(({ crossed }) => crossed > 0) ? [] : ["none was: send more, or let them wait longer."],
    },
  ];
}

/** Ships are numbered from 0. */
function wrongShips(polled: Deployed["polled"]): readonly string[] {
  const came = polled.map(({ ships }) => ships.join() || "none").sort();
  const due = came.map((_, i) => `s-${i}`).sort();
  if (came.length === 0) return ["it began none."];
  return due.flatMap((ship, i) => (ship === came[i] ? [] : [`${came[i]} came where ${ship} was due.`])).slice(0, 3);
}

/** A step that was added runs for each order that began later; for one that began earlier, it may. So may the lists of refused orders. */
function wrongEffects({ seen, polled, effects }: Pick<Deployed, "seen" | "polled" | "effects">): string[] {
  const done = Map.groupBy(effects, ({ correlationId }) => correlationId ?? "");
  const known = new Set([...seen.map(({ asked }) => asked.correlationId), ...polled.map(({ requestId }) => requestId)]);
  const strangers = [...done.keys()].filter((id) => !known.has(id));
  return [
    ...strangers.map((id) => `an effect has the correlation id ${id || "none"}, which belongs to no request.`),
    ...polled.flatMap(({ requestId }) => {
      const had = (done.get(requestId) ?? []).map(({ operation }) => operation).join();
      return had === "guide" ? [] : [`${requestId} had ${had || "none"} instead of guide.`];
    }),
    ...seen.flatMap(({ asked }) => {
      const had = (done.get(asked.correlationId) ?? []).map(({ operation }) => operation).sort();
      const notes = had.filter((operation) => operation.startsWith("note"));
      const due = [...ENDS[asked.kind].effects].sort().join();
      const rest = had.filter((operation) => !operation.startsWith("note")).join();
      const missing = asked.kind === "order" ? ["noteLines", ...Array.from({ length: asked.audits }, (_, i) => `note${i}`)] : [];
      return rest === due && new Set(notes).size === notes.length && missing.every((note) => notes.includes(note))
        ? []
        : [`${asked.correlationId} (${asked.kind}, ${asked.audits} audits) had ${had.join() || "none"} instead of ${due}.`];
    }),
  ];
}
