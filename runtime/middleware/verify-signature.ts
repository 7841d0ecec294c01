import type middy from "@middy/core";
import type { Signature } from "../../model/signature.ts";
import { headerOf, rawBodyOf } from "../http/headers.ts";
import { HttpProblem } from "../http/problem.ts";
import { signatureFault } from "../ingress/verify-signature.ts";
import type { LambdaContext, ProxyEvent, ProxyResponse } from "../lambda.ts";
import type { Logger } from "../logging/logger.ts";
import type { Clock } from "../ports/clock.ts";
import { keysOf, type SecretCache } from "../secret-cache.ts";

/** A secret read less than this ago is not read again because of a bad signature: anyone can send those. */
const FRESH_MS = 30_000;

/** Verifies the signature over the raw body: it has to come before whatever parses the body. */
export function verifySignature(
  signature: Signature,
  options: { readonly secrets: SecretCache; readonly clock: Clock; readonly log: Logger },
): middy.MiddlewareObj<ProxyEvent, ProxyResponse, Error, LambdaContext> {
  const { secrets, clock, log } = options;
  const faultWith = async (event: ProxyEvent, maxAgeMs?: number) => {
    const secret = await secrets.get(signature.secret, maxAgeMs);
    const { current } = keysOf(signature.secret, secret, ["current"]);
    const keys = secret.previous ? [current, secret.previous] : [current];
    return signatureFault(signature, headerOf(event, signature.header), rawBodyOf(event), keys, clock.now());
  };
  return {
    before: async ({ event }) => {
      // The key may have been rotated since it was read.
      const fault = (await faultWith(event)) && (await faultWith(event, FRESH_MS));
      if (fault === undefined) return;
      log.warn("signature does not hold", { fault });
      // Which check failed is for the log: it would help whoever forges.
      throw new HttpProblem(401, "Unauthorized", "The signature does not hold. Sign the raw body with the shared key.");
    },
  };
}
