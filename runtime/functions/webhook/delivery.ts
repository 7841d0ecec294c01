import type { AnyEvent } from "../../../model/event.ts";
import { withInt64 } from "../../../model/int64.ts";
import type { WebhookTrigger } from "../../../model/trigger.ts";
import { HttpProblem } from "../../http/problem.ts";
import { type Validators, validatorOf } from "../../validators.ts";
import { validateData, type WebhookBody } from "./body.ts";
import type { Call } from "./call.ts";
import { type Identity, identityOf, type Origin, requestIdOf } from "./delivery-identity.ts";
import { valueAt } from "./value-at.ts";

/** What a verified call is: an event with its data, or a type that the flow does not list. */
export type Delivery =
  | { readonly event: AnyEvent; readonly data: unknown; readonly requestId: string; readonly identity: Identity }
  | { readonly event: undefined; readonly type: string };

/**
 * @throws HttpProblem 400 when the type is unknown and not accepted, the data does not match the event's schema, or the id of the
 *   delivery is missing
 */
export function deliveryOf(received: {
  readonly trigger: WebhookTrigger;
  readonly call: Call;
  readonly signed: readonly (string | Buffer)[];
  readonly body: WebhookBody;
  readonly validators: Validators;
  readonly origin: Origin;
}): Delivery {
  const { trigger, call, signed, body, validators, origin } = received;
  const { event, type } = eventOf(trigger, call, body);
  if (event === undefined) return { event, type };
  // Before defaults are filled in: a default must not become an id.
  const identity = identityOf({ signature: trigger.verify, call, signed, body, callId: origin.callId });
  const data = withInt64(event.schema, withHeaders(trigger, call, body.data));
  const name: string = event.type;
  validateData(name, validatorOf(validators.events, name), data, body.kept);
  return { event, data, requestId: requestIdOf(origin, identity), identity };
}

function eventOf({ emits, events = {}, by, otherwise }: WebhookTrigger, call: Call, { data }: WebhookBody) {
  if (emits !== undefined || by === undefined) return { event: emits, type: "" };
  const type = valueAt(by, call, data);
  if (type === undefined) throw bad(`The type of the event must occur exactly once, in ${by.replace(":", " ")}.`);
  const event = Object.hasOwn(events, type) ? events[type] : undefined;
  const shown = type.slice(0, 100);
  if (event === undefined && otherwise !== "accept")
    throw bad(`Events of the type ${JSON.stringify(shown)} are not taken. Send ${Object.keys(events).join(", ")}.`);
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

const bad = (detail: string) => new HttpProblem(400, "Bad Request", detail);
