import { createHash } from "node:crypto";
import type { Place, Signature } from "../../../model/signature.ts";
import { badRequest } from "../../http/problem.ts";
import { hashOf } from "../../ids.ts";
import type { Call } from "./call.ts";
import { valueAt } from "./value-at.ts";

/** Where a delivery arrived. */
export interface Origin {
  /** First name of the flow, so that a rename does not start a request twice. */
  readonly flow: string;
  readonly trigger: string;
  /** The gateway's id of the call. */
  readonly callId: string;
}

/** What makes a call the same delivery as another. */
export interface Identity {
  readonly kind: "id" | "body" | "signed" | "call";
  readonly value: string;
  /** Set where nothing but equal content says that a call is a repetition: the sender's id, or else the call's. */
  readonly sentAs?: string;
}

interface Received {
  readonly signature: Signature;
  readonly call: Call;
  /** The signed parts. */
  readonly signed: readonly (string | Buffer)[];
  /** The body, or one item of its list, with numbers as they were sent. */
  digits(): unknown;
  readonly callId: string;
  /** Of an item in a list: its index. */
  readonly index: number | undefined;
}

/** Id of the request that a webhook starts: the same for each call of the same delivery. */
export const requestIdOf = ({ flow, trigger }: Origin, { kind, value }: Identity): string =>
  hashOf(["webhook", flow, trigger, kind, value]);

/**
 * A signed id is reliable; an unsigned one is used only where the declaration allows it.
 * @throws HttpProblem 400 when the id is missing
 */
export function identityOf(received: Received): Identity {
  const { signature, call, signed, digits, callId, index } = received;
  // What the items of one list have in common identifies none of them.
  const ofItem = (identity: Identity): Identity =>
    index === undefined ? identity : { ...identity, value: `${identity.value}#${index}` };
  let missing: Place | undefined;
  for (const source of signature.deliveryId) {
    if (source === "call") return ofItem({ kind: "call", value: callId });
    if (source === "body") return ofItem({ kind: "body", value: digest([call.body]) });
    const inBody = source.startsWith("body:");
    const id = inBody ? idIn(source, call, digits()) : valueAt(source, call, undefined);
    const isSigned = covers(signature, source);
    if (!isSigned && signature.identicalBodies === "replay") return ofItem(contentOf(signature, call, signed, id ?? callId));
    if (id !== undefined) return inBody ? { kind: "id", value: id } : ofItem({ kind: "id", value: id });
    if (!isSigned) missing ??= source;
  }
  if (missing !== undefined) throw badRequest(`The id of the delivery must occur exactly once, in ${missing.replace(":", " ")}.`);
  const timed = (signature.kind === "hmac" || signature.kind === "public-key") && signature.signed.includes("{timestamp}");
  return ofItem({ kind: "signed", value: digest(signed), ...(!timed && { sentAs: callId }) });
}

/** Several fields, separated by commas, are one id. */
function idIn(source: Place, call: Call, data: unknown): string | undefined {
  const [first = "", ...others] = source.slice("body:".length).split(",");
  const values = [first, ...others].map((path) => valueAt(`body:${path}`, call, data));
  if (values.includes(undefined)) return undefined;
  return others.length === 0 ? values[0] : JSON.stringify(values);
}

/** Twilio signs the URL as well, whose query may be all that differs. */
const contentOf = ({ kind }: Signature, call: Call, signed: Received["signed"], sentAs: string): Identity =>
  kind === "twilio" ? { kind: "signed", value: digest(signed), sentAs } : { kind: "body", value: digest([call.body]), sentAs };

function covers(signature: Signature, source: Place): boolean {
  switch (signature.kind) {
    case "twilio":
      return source.startsWith("body:");
    case "shared-secret":
      return false;
    case "function":
      return signature.covers.includes(source);
    case "public-key":
    case "hmac":
      if (signature.signed === "mercado-pago") return source === "header:x-request-id";
      return source.startsWith("header:") ? signature.signed.includes(`{${source}}`) : signature.signed.includes("{body}");
  }
}

/** With lengths, so that bytes can't move from one part to the next. */
function digest(parts: readonly (string | Buffer)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex");
}
