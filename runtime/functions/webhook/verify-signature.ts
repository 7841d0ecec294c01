import type { Signature } from "../../../model/signature.ts";
import { HttpProblem } from "../../http/problem.ts";
import { SECRET_FRESH_MS } from "../../limits.ts";
import type { Logger } from "../../logging/logger.ts";
import type { Clock, Fetch } from "../../ports.ts";
import type { SecretCache } from "../../secret-cache.ts";
import type { Call } from "./call.ts";
import { certificateCache } from "./certificates.ts";
import { verifyByFunction } from "./function-signature.ts";
import { signingKeys } from "./keys.ts";
import { type Verdict, verify } from "./verify.ts";

/** @returns a function that returns the signed parts of a call. It throws HttpProblem 401 when the signature is invalid */
export function verifySignature(
  signature: Signature,
  around: {
    readonly secrets: SecretCache;
    readonly clock: Clock;
    readonly log: Logger;
    /** For certificates. @default the network */
    readonly fetch?: Fetch | undefined;
  },
): (call: Call) => Promise<readonly (string | Buffer)[]> {
  const { secrets, clock, log } = around;
  const certificates = certificateCache(around);
  const judge = async (call: Call, maxAgeMs?: number): Promise<Verdict> => {
    const secret = await secrets.get(signature.secret, maxAgeMs);
    const keys = signingKeys(signature, secret);
    return signature.kind === "function"
      ? verifyByFunction(signature, call, { keys, certificates, certificate: secret.certificate, now: clock.now() })
      : verify(signature, call, keys, clock.now());
  };
  return async (call) => {
    let verdict = await judge(call);
    // The key may have been rotated since it was read.
    if (verdict.fault !== undefined) verdict = await judge(call, SECRET_FRESH_MS);
    if (verdict.fault === undefined) return verdict.signed;
    log.warn("invalid signature", { fault: verdict.fault });
    // Only the log says which check failed: that would help a forger.
    throw new HttpProblem(401, "Unauthorized", "Invalid signature. Sign the raw body with the shared key.");
  };
}
