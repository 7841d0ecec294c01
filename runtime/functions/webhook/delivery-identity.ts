import { createHash } from "node:crypto";
import type { DeliveryId, Signature } from "../../../model/signature.ts";
import { HttpProblem } from "../../http/problem.ts";
import { hashOf } from "../../ids.ts";
import type { Call } from "./call.ts";

interface Delivery {
  readonly signature: Signature;
  readonly call: Call;
  /** The signed parts. */
  readonly signed: readonly (string | Buffer)[];
  /** The parsed body. */
  readonly data: unknown;
}

/**
 * Id of the request that a webhook starts: the same for each call of the same delivery.
 * @param flow first name of the flow, so that a rename does not start a request twice
 * @throws HttpProblem 400 when the header that identifies deliveries is missing
 */
export const requestIdOf = (flow: string, trigger: string, delivery: Delivery): string =>
  hashOf(["webhook", flow, trigger, ...identityOf(delivery)]);

/** A signed id is reliable; an unsigned one is used only where the declaration allows it. */
function identityOf({ signature, call, signed, data }: Delivery): readonly [string, string] {
  for (const source of signature.deliveryId) {
    const isSigned = covers(signature, source);
    if (!isSigned && signature.identicalBodies === "replay") return ["body", digest([call.body])];
    const id = valueAt(source, call, data);
    if (id !== undefined) return ["id", id];
    if (!isSigned)
      throw new HttpProblem(
        400,
        "Bad Request",
        `The id of the delivery must occur exactly once, in ${source.replace(":", " ")}.`,
      );
  }
  return ["signed", digest(signed)];
}

function covers(signature: Signature, source: DeliveryId): boolean {
  switch (signature.kind) {
    case "twilio":
      return source.startsWith("body:");
    case "shared-secret":
      return false;
    case "hmac":
      if (signature.signed === "mercado-pago") return source === "header:x-request-id";
      return source.startsWith("header:") ? signature.signed.includes(`{${source}}`) : signature.signed.includes("{body}");
  }
}

function valueAt(source: DeliveryId, call: Call, data: unknown): string | undefined {
  const place = source.slice(source.indexOf(":") + 1);
  if (source.startsWith("header:")) {
    const [value, ...others] = call.headers(place);
    return others.length === 0 && value !== "" ? value : undefined;
  }
  let value: unknown = data;
  for (const key of place.split("."))
    value =
      typeof value === "object" && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string, unknown>)[key]
        : undefined;
  return (typeof value === "string" && value !== "") || typeof value === "number" ? String(value) : undefined;
}

/** With lengths, so that bytes can't move from one part to the next. */
function digest(parts: readonly (string | Buffer)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex");
}
