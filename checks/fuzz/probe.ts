import type { HardenedHub } from "./hardened-hub.ts";
import { bytesOf, type RawRequest } from "./raw-http.ts";

/** One request, and what is known before it is sent. */
export interface Probe {
  /** What kind it is, for the report. */
  readonly what: string;
  readonly bytes: Buffer;
  /** JSON that has to be the data of an event, should this be accepted. */
  readonly sent: string;
  /** Whose request it may become. */
  readonly tenants: readonly string[];
  /** Whether it has to be accepted, has to be refused, or may be either. */
  readonly due: "accepted" | "refused" | "either";
  /** The caller's credentials, which must not appear in a log. */
  readonly proofs: readonly string[];
}

/** Made once the hub runs, since keys and signatures are the hub's own. */
export type MakeProbe = (hub: HardenedHub) => Probe;

export interface ProbeRequest extends Partial<Omit<RawRequest, "body">> {
  readonly body?: string | Buffer;
}

export function probe(
  what: string,
  { method = "POST", target = "/echoes", headers = [], body = "" }: ProbeRequest,
  { due = "either", proofs = [], tenants = ["default"] }: Partial<Pick<Probe, "due" | "proofs" | "tenants">> = {},
): Probe {
  const bytes = Buffer.from(body);
  return { what, bytes: bytesOf({ method, target, headers, body: bytes }), sent: bytes.toString(), due, proofs, tenants };
}

export const JSON_TYPE = ["Content-Type", "application/json"] as const;

/** The header of a consumer that may call. */
export const keyOf = ({ keys }: HardenedHub, consumer = "default") => ["x-api-key", keys[consumer] ?? ""] as const;
