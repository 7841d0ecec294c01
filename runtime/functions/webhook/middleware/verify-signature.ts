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
 * Verifies the signature over the raw body: it has to come before whatever parses the body.
 * @param options.verified is told what the signature of each call covers
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
      log.warn("signature does not hold", { fault: verdict.fault });
      // Which check failed is for the log: it would help whoever forges.
      throw new HttpProblem(401, "Unauthorized", "The signature does not hold. Sign the raw body with the shared key.");
    },
  };
}
