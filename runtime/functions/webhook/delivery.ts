import type { AnyEvent } from "../../../model/event.ts";
import { withInt64 } from "../../../model/int64.ts";
import type { WebhookTrigger } from "../../../model/trigger.ts";
import { badRequest } from "../../http/problem.ts";
import { type Validators, validatorOf } from "../../validators.ts";
import { validateData, type WebhookBody } from "./body.ts";
import type { Call } from "./call.ts";
import { type Identity, identityOf, type Origin, requestIdOf } from "./delivery-identity.ts";
import { fieldAt, valueAt } from "./value-at.ts";

/** An event that a verified call holds. */
export interface Delivery {
  readonly event: AnyEvent;
  readonly data: unknown;
  readonly requestId: string;
  readonly identity: Identity;
}

/**
 * @returns the deliveries of a call: one, or those of its list, each id once; and the types that the flow does not list
 * @throws HttpProblem 400 when a type is unknown and not accepted, data does not match its event's schema, or the id of a delivery is
 *   missing
 */
export function deliveriesOf(received: {
  readonly trigger: WebhookTrigger;
  readonly call: Call;
  readonly signed: readonly (string | Buffer)[];
  readonly body: WebhookBody;
  readonly validators: Validators;
  readonly origin: Origin;
}): { readonly deliveries: readonly Delivery[]; readonly ignored: readonly string[] } {
  const { trigger, call, signed, body, validators, origin } = received;
  const found = new Map<string, Delivery>();
  const ignored: string[] = [];
  for (const { data: item, digits, index } of itemsOf(trigger, body)) {
    const { event, type } = eventOf(trigger, call, item);
    if (event === undefined) {
      ignored.push(type);
      continue;
    }
    // Before defaults are filled in: a default must not become an id.
    const identity = identityOf({ signature: trigger.verify, call, signed, digits, callId: origin.callId, index });
    const data = withInt64(event.schema, withHeaders(trigger, call, item));
    const name: string = event.type;
    validateData(name, validatorOf(validators.events, name), data, body.kept);
    const requestId = requestIdOf(origin, identity);
    found.set(requestId, { event, data, requestId, identity });
  }
  return { deliveries: [...found.values()], ignored };
}

interface Item {
  readonly data: unknown;
  digits(): unknown;
  readonly index: number | undefined;
}

function itemsOf({ batch }: WebhookTrigger, { data, digits }: WebhookBody): readonly Item[] {
  if (batch === undefined) return [{ data, digits, index: undefined }];
  const listIn = (value: unknown): readonly unknown[] | undefined => {
    const list = batch === true ? value : fieldAt(batch.slice("body:".length), value);
    return Array.isArray(list) ? list : undefined;
  };
  const items = listIn(data);
  if (items === undefined)
    throw badRequest(batch === true ? "The body is not a list." : `The body has no list in ${batch.slice("body:".length)}.`);
  let sent: readonly unknown[] | undefined;
  return items.map((item, index) => ({
    data: item,
    digits: () => {
      sent ??= listIn(digits()) ?? [];
      return sent[index];
    },
    index,
  }));
}

function eventOf({ emits, events = {}, by, otherwise }: WebhookTrigger, call: Call, data: unknown) {
  if (emits !== undefined || by === undefined) return { event: emits, type: "" };
  const type = valueAt(by, call, data);
  if (type === undefined) throw badRequest(`The type of the event must occur exactly once, in ${by.replace(":", " ")}.`);
  const event = Object.hasOwn(events, type) ? events[type] : undefined;
  const shown = type.slice(0, 100);
  if (event === undefined && otherwise !== "accept")
    throw badRequest(`Events of the type ${JSON.stringify(shown)} are not taken. Send ${Object.keys(events).join(", ")}.`);
  return { event, type: shown };
}

function withHeaders({ headers }: WebhookTrigger, call: Call, data: unknown): unknown {
  if (headers === undefined || typeof data !== "object" || data === null) return data;
  const fields = Object.entries(headers).flatMap(([field, header = ""]) => {
    const [value, ...others] = call.headers(header);
    return value === undefined || others.length > 0 ? [] : [[field, value] as const];
  });
  return { ...data, ...Object.fromEntries(fields) };
}
