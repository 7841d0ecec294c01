import type { BodyForm } from "../../../model/signature.ts";
import { uncarriable } from "../../carriable.ts";
import { digitsOf, exactJson, type KeptNumber, keptText } from "../../exact-json.ts";
import { badRequest } from "../../http/problem.ts";
import { faultsOf, type Validate } from "../../validators.ts";
import { formFields } from "./call.ts";

/** A parsed body. */
export interface WebhookBody {
  /** Numbers that would lose digits are text. */
  readonly data: unknown;
  /** The same with every number as the text that was sent: what identifies a delivery must not be rounded. */
  digits(): unknown;
  readonly kept: readonly KeptNumber[];
}

/**
 * Parses a webhook's body as declared, whatever its content type.
 * @throws HttpProblem 400
 */
export function readBody(form: BodyForm, body: Buffer): WebhookBody {
  if (form === "json") return readJson(body.toString());
  const fields = formFields(body);
  if (Object.keys(fields).length === 0) throw badRequest("The body is not a form.");
  if (form === "form") return carriable({ data: fields, digits: () => fields, kept: [] });
  const { payload } = fields;
  if (typeof payload !== "string") throw badRequest('The form has no single field "payload".');
  return readJson(payload);
}

function readJson(text: string): WebhookBody {
  let read: ReturnType<typeof exactJson>;
  try {
    read = exactJson(text);
  } catch {
    throw badRequest("The body is not JSON.");
  }
  const { value: data, kept } = read;
  const tooLarge = kept.find(({ why }) => why === "too-large");
  if (tooLarge) throw badRequest(`The number in ${tooLarge.key.slice(0, 64)} is beyond 1.8e308. Send a smaller one, or text.`);
  return carriable({ data, digits: () => digitsOf(text), kept });
}

/** Answers 400 to what no event can carry: it would be lost on its way to the first step. */
function carriable(body: WebhookBody): WebhookBody {
  const unfit = uncarriable(body.data);
  if (unfit !== undefined) throw badRequest(`The body holds ${unfit}, which no event can carry.`);
  return body;
}

/**
 * Validates data against its event's schema, filling in defaults in place.
 * @throws HttpProblem 400 that names each faulty field
 */
export function validateData(eventName: string, validate: Validate, data: unknown, kept: readonly KeptNumber[]): void {
  const faults = faultsOf(validate, data);
  if (faults !== undefined) throw badRequest(`The body does not match the schema of ${eventName}: ${faults}.${keptText(kept)}`);
}
