import type { Signature } from "../../../model/signature.ts";
import { HttpProblem } from "../../http/problem.ts";
import { SECRET_FRESH_MS } from "../../limits.ts";
import type { Logger } from "../../logging/logger.ts";
import type { Clock } from "../../ports.ts";
import type { SecretCache } from "../../secret-cache.ts";
import type { Call } from "./call.ts";
import { signingKeys } from "./keys.ts";
import { type Verdict, verify } from "./verify.ts";

/** @returns a function that returns the signed parts of a call. It throws HttpProblem 401 when the signature is invalid */
export function verifySignature(
  signature: Signature,
  { secrets, clock, log }: { readonly secrets: SecretCache; readonly clock: Clock; readonly log: Logger },
): (call: Call) => Promise<readonly (string | Buffer)[]> {
  const judge = async (call: Call, maxAgeMs?: number): Promise<Verdict> => {
    const keys = signingKeys(signature, await secrets.get(signature.secret, maxAgeMs));
    return verify(signature, call, keys, clock.now());
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
