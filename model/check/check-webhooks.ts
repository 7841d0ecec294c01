import type { Flow } from "../flow.ts";
import { CONTENT_TYPE, type Signature } from "../signature.ts";
import type { WebhookTrigger } from "../trigger.ts";
import { checkDuration, DAY } from "./check-values.ts";
import { type Problem, placeIn, problem } from "./problem.ts";

const HEADER = /^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/;
const PLACE = /^(header:[a-z0-9_-]{1,64}|body:[^.\s][^\s]{0,199})$/;
const FIELD = /^[^.\s]{1,64}(\.[^.\s]{1,64}){0,9}$/;
const PLACEHOLDER = /^\{(body|timestamp|method|url|header:[a-z0-9_-]{1,64})\}$/;

/** Signature settings of webhooks; checkNames checks the secret's name. */
export function* checkWebhooks(flow: Flow): Iterable<Problem> {
  for (const [name, trigger] of Object.entries(flow.triggers)) {
    if (trigger.kind !== "webhook") continue;
    const where = placeIn(flow, `trigger ${name}`);
    const { verify } = trigger;
    const problems = [
      ...deliveryProblems(verify),
      ...signedProblems(verify),
      ...answerProblems(verify),
      ...eventProblems(trigger),
      ...replyProblems(trigger),
    ];
    for (const [fact, remedy] of problems) yield problem("WEBHOOK", where, fact, remedy);
    if (verify.kind === "hmac" || verify.kind === "public-key")
      yield* checkDuration({ where: `${where}, tolerance`, value: verify.tolerance, within: [1, 7 * DAY] });
  }
}

type FactAndRemedy = readonly [fact: string, remedy: string];

function* deliveryProblems(signature: Signature): Iterable<FactAndRemedy> {
  const { header, deliveryId, identicalBodies } = signature;
  const timestampHeader = "timestampHeader" in signature ? signature.timestampHeader : undefined;
  const field = signature.kind === "shared-secret" ? signature.field : undefined;
  const named = header === "" && (signature.kind === "function" || field !== undefined) ? [] : [header];
  if (field !== undefined && (signature.body !== "json" || !FIELD.test(field)))
    yield [
      `"${field}" does not name a field of a JSON body`,
      'Write it like "token" or "value.*.clientState", with body: "json"',
    ];
  for (const name of [...named, timestampHeader ?? []].flat())
    if (!HEADER.test(name)) yield [`"${name}" is not the name of a header`, 'Write it like "x-signature"'];
  for (const id of deliveryId)
    if (id !== "call" && id !== "body" && !PLACE.test(id))
      yield [`"${id}" does not name the source of a delivery id`, 'Write it like "header:x-delivery" or "body:event.id"'];
  if (deliveryId.includes("call") && deliveryId.at(-1) !== "call")
    yield ['deliveryId goes on after "call", which every call has', 'Put "call" last'];
  if (identicalBodies === "distinct" && deliveryId.length === 0)
    yield ["identical bodies can't be distinguished without deliveryId", "Name the source of the delivery id"];
  if ("url" in signature && signature.url !== undefined && !/^https?:\/\/\S+$/.test(signature.url))
    yield [`"${signature.url}" is not an absolute URL`, "Write the URL as it is configured at the third party"];
}

function* answerProblems({ answer }: Signature): Iterable<FactAndRemedy> {
  if (answer === undefined) return;
  const { status, contentType, body } = answer;
  if (!Number.isInteger(status) || status < 200 || status > 299)
    yield [
      `the answer's status ${status} is not 200 to 299, so the sender would repeat what was taken`,
      "Use the status that the sender documents",
    ];
  if (status === 204 && body !== "") yield ["an answer with status 204 has no body", 'Write body: "", or use 200'];
  if (contentType !== undefined && !body)
    yield ["the answer has a contentType and no body", "Write the body, or leave contentType out"];
  if (contentType !== undefined && !CONTENT_TYPE.test(contentType))
    yield [`"${contentType}" is not a content type`, 'Write it like "text/xml"'];
}

function* eventProblems({ emits, events, by, headers }: WebhookTrigger): Iterable<FactAndRemedy> {
  if ((emits === undefined) === (events === undefined))
    yield ["it has both emits and events, or neither", "Write emits for one event, or events and by for several"];
  if (events !== undefined && by === undefined)
    yield ["events needs by: where the sender writes the type", 'Write it like by: "body:type"'];
  if (events !== undefined && Object.keys(events).length === 0)
    yield ["events is empty, so nothing would be taken", "List a type"];
  if (by !== undefined && !PLACE.test(by))
    yield [`"${by}" does not name the place of the event's type`, 'Write it like "body:type" or "header:x-github-event"'];
  for (const [field, header = ""] of Object.entries(headers ?? {}))
    if (!HEADER.test(header)) yield [`"${header}" (for ${field}) is not the name of a header`, 'Write it like "x-shopify-topic"'];
}

function* replyProblems({ mode, handler, batch, events }: WebhookTrigger): Iterable<FactAndRemedy> {
  if ((mode === "sync") !== (typeof handler === "function"))
    yield ["mode and handler come together", 'Write mode: "sync" and a handler that makes the answer, or neither'];
  if (mode === "sync" && (batch !== undefined || events !== undefined))
    yield ["a handler makes the answer to one event of one type", "Write emits, without batch and events"];
}

function* signedProblems(signature: Signature): Iterable<FactAndRemedy> {
  if ((signature.kind !== "hmac" && signature.kind !== "public-key") || signature.signed === "mercado-pago") return;
  const { signed, timestampHeader, tolerance } = signature;
  const placeholders: readonly string[] = signed.match(/\{[^}]*\}?/g) ?? [];
  const unknown = placeholders.find((placeholder) => !PLACEHOLDER.test(placeholder));
  if (unknown)
    yield [`${unknown} in signed is unknown`, "Use {body}, {timestamp}, {method}, {url} and {header:<name in lower case>}"];
  if (!placeholders.includes("{body}"))
    yield ["signed has no {body}, so an attacker who sees one call can send any other body with it", "Sign the body"];
  const timed = timestampHeader !== undefined || (signature.kind === "hmac" && signature.layout.timestamp !== undefined);
  if (timed !== placeholders.includes("{timestamp}"))
    yield [
      timed ? "the timestamp is not signed, so it proves nothing" : "signed has a {timestamp}, but no header holds one",
      "Name a timestampHeader and sign {timestamp}, or leave both out",
    ];
  if (!timed && tolerance !== undefined)
    yield ["tolerance needs a timestamp", "Name a timestampHeader, or leave the tolerance out"];
}
