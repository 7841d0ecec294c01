import type { Signature } from "../signature.ts";
import type { Say } from "./problem.ts";

const HEADER = /^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/;
const DELIVERY_ID = /^(header:[a-z0-9_-]{1,64}|body:[^.\s][^\s]{0,199})$/;

/** Tells what is wrong with a webhook's way to verify, but for its secret's name and its tolerance. */
export function checkSignature(signature: Signature, place: string, say: Say): void {
  const { header, deliveryId, identicalBodies } = signature;
  const headers = [
    header,
    ...(signature.kind === "hmac" && signature.timestampHeader !== undefined ? [signature.timestampHeader] : []),
  ];
  for (const name of headers)
    if (!HEADER.test(name)) say("WEBHOOK", place, `"${name}" is not the name of a header`, 'Write it like "x-signature"');
  for (const id of deliveryId)
    if (!DELIVERY_ID.test(id))
      say(
        "WEBHOOK",
        place,
        `"${id}" is not where a delivery's id can be`,
        'Write it like "header:x-delivery" or "body:event.id"',
      );
  if (identicalBodies === "distinct" && deliveryId.length === 0)
    say(
      "WEBHOOK",
      place,
      "without deliveryId there is nothing to tell identical bodies apart by",
      "Say where the delivery's id is",
    );
  if (signature.kind === "twilio" && signature.url !== undefined && !/^https?:\/\/\S+$/.test(signature.url))
    say("WEBHOOK", place, `"${signature.url}" is not an absolute URL`, "Write the URL as it is told to Twilio");
  if (signature.kind !== "hmac" || signature.signed === "mercado-pago") return;

  const { signed, layout, timestampHeader, tolerance } = signature;
  const placeholders: readonly string[] = signed.match(/\{[^}]*\}?/g) ?? [];
  const unknown = placeholders.find((one) => !/^\{(body|timestamp|header:[a-z0-9_-]{1,64})\}$/.test(one));
  if (unknown)
    say("WEBHOOK", place, `${unknown} in signed is not known`, "Use {body}, {timestamp} and {header:<name in lower case>}");
  if (!placeholders.includes("{body}"))
    say("WEBHOOK", place, "signed has no {body}: whoever sees one call can send any other body with it", "Sign the body");
  const timed = layout.form === "fields" || timestampHeader !== undefined;
  if (timed !== placeholders.includes("{timestamp}"))
    say(
      "WEBHOOK",
      place,
      timed ? "the timestamp is not signed, so it says nothing" : "signed has a {timestamp}, and no header of it is named",
      "Name a timestampHeader and sign {timestamp}, or leave both out",
    );
  if (!timed && tolerance !== undefined)
    say("WEBHOOK", place, "there is a tolerance, and no timestamp", "Name a timestampHeader, or leave the tolerance out");
}
