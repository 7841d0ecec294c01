import type { CallFault, FaultInjection, ReceivedCall } from "../../emulator/fault-injection.ts";
import type { ThirdPartyCall, ThirdPartyFaultInjection } from "../../local/sandbox/fault-injection.ts";
import type { Fault } from "../../protocol/faults.ts";
import { deliveryKey, rateKey, summaryKey } from "../../protocol/table.ts";
import type { Dice } from "./dice.ts";
import { type FaultKind, SHARES } from "./fault-kinds.ts";
import type { Journal } from "./journal.ts";

/** Milliseconds of the hub's clock. */
const HELD_BACK_MS = 2_000;
const DELAYED_MS = 60_000;

/**
 * Decides at each opportunity whether a fault is injected. Decisions depend on names that a second run with the same seed repeats: ids of
 * events and deliveries, idempotency keys, and the number of previous decisions about the same name in this process.
 */
export function chaos(dice: Dice, journal: Journal): FaultInjection & ThirdPartyFaultInjection {
  const asked = new Map<string, number>();
  /** Number of previous decisions about the same name. */
  const nth = (about: string) => {
    const before = asked.get(about) ?? 0;
    asked.set(about, before + 1);
    return before;
  };
  const strikes = (kind: FaultKind, about: string): boolean => {
    const key = `${about} ${nth(`${kind} ${about}`)}`;
    if (dice.roll(kind, key) >= SHARES[kind]) return false;
    journal.note(kind, key);
    return true;
  };

  /** Strikes each of the first times that the same name comes, or never. */
  const marks = (kind: FaultKind, about: string, times: number): boolean => {
    if (dice.roll(kind, about) >= SHARES[kind] || nth(`${kind} ${about}`) >= times) return false;
    journal.note(kind, about);
    return true;
  };

  return {
    awsCall: (call) =>
      call.caller.kind === "role" ? callFault(call, { strikes, marks }, call.caller.session !== undefined) : undefined,

    deliveries(event, targetArn) {
      const about = `${targetArn.split(":").at(-1)} ${eventIdIn(JSON.stringify(event.detail))}`;
      const later = (most: number) => Math.ceil(dice.roll("how long", about) * most);
      if (strikes("event-duplicated", about)) return [0, later(DELAYED_MS)];
      if (strikes("event-delayed", about)) return [later(DELAYED_MS)];
      return strikes("event-reordered", about) ? [later(HELD_BACK_MS)] : [0];
    },

    losesDeletion: (queueArn, body) => strikes("message-handed-out-twice", `${queueArn.split(":").at(-1)} ${eventIdIn(body)}`),

    thirdParty: (call) => misbehaviour(call, dice, strikes),
  };
}

const RECORDER = /:role\/hub-recorder-role-[0-9a-f]+$/;

/** A delivery that ends its process does so this often: at first among others, then alone. */
const POISONOUS_ATTEMPTS = 2;
/** Items that many functions write: a third party's limit and breaker, a request's summary. */
const HOT = [rateKey.prefix, summaryKey.prefix];

type Strikes = (kind: FaultKind, about: string) => boolean;
interface Chances {
  readonly strikes: Strikes;
  readonly marks: (kind: FaultKind, about: string, times: number) => boolean;
}

/** @param mortal whether a function calls, which can die; the gateway can not */
function callFault(call: ReceivedCall, { strikes, marks }: Chances, mortal: boolean): CallFault | undefined {
  const { target, operation, input, caller } = call;
  if (target === "AWSEvents" && operation === "PutEvents") {
    const about = eventIdsOf(input.Entries);
    if (strikes("put-events-throttled", about)) return "throttle";
    if (strikes("put-events-entries-failed", about)) return "fail-entries";
    if (!mortal) return undefined;
    // The handler has run and its result is stored; only the publication is lost.
    if (strikes("killed-between-effect-and-publish", about)) return "kill-before";
    return strikes("killed-after-publish", about) ? "kill-after" : undefined;
  }
  if (target !== "DynamoDB_20120810") return undefined;
  // Its whole batch comes back; nothing of it is recorded, or a message without its record.
  if (operation === "PutItem" && caller.kind === "role" && RECORDER.test(caller.arn)) {
    const { pk, sk } = (input.Item ?? {}) as { readonly pk?: unknown; readonly sk?: unknown };
    if (strikes("recorder-fails", JSON.stringify([pk, sk]))) return "kill-before";
  }
  const key = JSON.stringify(input.Key ?? input.ExpressionAttributeValues ?? "");
  if (strikes("dynamodb-throttled", `${operation} ${key}`)) return "throttle";
  const item = JSON.stringify(input.Key ?? input.Item ?? "");
  if (operation !== "GetItem" && HOT.some((prefix) => item.includes(`"${prefix}#`)) && strikes("hot-item-throttled", key))
    return "throttle";
  if (operation !== "UpdateItem" || !key.includes(`"${deliveryKey.prefix}#`)) return undefined;
  const state = stateWritten(input.ExpressionAttributeValues);
  // Its whole batch comes back, each time that it is among it.
  if (state === "running" && marks("batch-killed-by-one", keyOf(input), POISONOUS_ATTEMPTS)) return "kill-after";
  // The attempt is counted, but the handler has not run yet.
  if (state === "running" && strikes("killed-before-effect", key)) return "kill-after";
  // The handler has run, but its result is not stored.
  return state === "done" && strikes("killed-between-effect-and-publish", key) ? "kill-before" : undefined;
}

function misbehaviour(
  { target, operation, path, idempotencyKey }: ThirdPartyCall,
  dice: Dice,
  strikes: Strikes,
): Fault | undefined {
  const about = `${target} ${operation} ${idempotencyKey ?? path}`;
  const fault = { target, operation };
  if (strikes("third-party-fails", about))
    return { ...fault, mode: "error", status: dice.pick([500, 502, 503], "status", about) };
  if (strikes("third-party-rate-limits", about)) return { ...fault, mode: "rate-limit", retryAfter: 2 };
  if (strikes("third-party-hangs", about)) return { ...fault, mode: "hang" };
  return strikes("third-party-answers-after-timeout", about) ? { ...fault, mode: "after-timeout" } : undefined;
}

const keyOf = (input: ReceivedCall["input"]) => JSON.stringify(input.Key ?? "");

function eventIdsOf(entries: unknown): string {
  const details = (Array.isArray(entries) ? entries : []).map(({ Detail }: { Detail?: unknown }) => String(Detail));
  return details.map(eventIdIn).join();
}

const eventIdIn = (json: string) => /"eventId":"([^"]*)"/.exec(json)?.[1] ?? json;

/** The state that an update of a delivery record sets, if any. */
function stateWritten(values: unknown): string | undefined {
  const texts = Object.values((values ?? {}) as Record<string, { readonly S?: string }>).map(({ S }) => S);
  return (["done", "running"] as const).find((state) => texts.includes(state));
}
