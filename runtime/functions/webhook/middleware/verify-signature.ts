import type { Signature } from "../../../../model/signature.ts";
import type { HttpMiddleware } from "../../../http/middleware.ts";
import { HttpProblem } from "../../../http/problem.ts";
import type { ProxyEvent } from "../../../lambda.ts";
import { SECRET_FRESH_MS } from "../../../limits.ts";
import type { Logger } from "../../../logging/logger.ts";
import type { Clock } from "../../../ports.ts";
import type { SecretCache } from "../../../secret-cache.ts";
import { callOf } from "../call.ts";
import { signingKeys } from "../keys.ts";
import { type Verdict, verify } from "../verify.ts";

/**
 * Verifies the signature over the raw body: place it before anything that parses the body.
 * @param options.verified called with the signed parts of each valid call
 */
export function verifySignature(
  signature: Signature,
  options: {
    readonly secrets: SecretCache;
    readonly clock: Clock;
    readonly log: Logger;
    verified(event: ProxyEvent, signed: readonly (string | Buffer)[]): void;
  },
): HttpMiddleware {
  const { secrets, clock, log, verified } = options;
  const judge = async (event: ProxyEvent, maxAgeMs?: number): Promise<Verdict> => {
    const keys = signingKeys(signature, await secrets.get(signature.secret, maxAgeMs));
    return verify(signature, callOf(event), keys, clock.now());
  };
  return {
    before: async ({ event }) => {
      let verdict = await judge(event);
      // The key may have been rotated since it was read.
      if (verdict.fault !== undefined) verdict = await judge(event, SECRET_FRESH_MS);
      if (verdict.fault === undefined) return verified(event, verdict.signed);
      log.warn("invalid signature", { fault: verdict.fault });
      // Only the log says which check failed: that would help a forger.
      throw new HttpProblem(401, "Unauthorized", "Invalid signature. Sign the raw body with the shared key.");
    },
  };
}
