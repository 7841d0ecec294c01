import { createHash, createHmac, randomUUID } from "node:crypto";
import type { Auth, SignedCalls } from "../../model/auth.ts";
import { fillTemplate, partsOf, signedText } from "../../model/signed-parts.ts";
import { signedHeaders } from "../sigv4.ts";
import type { CallRequest } from "./request.ts";

/** @param now ms since the epoch */
export type Signer = (request: CallRequest, now: number) => Promise<CallRequest>;

type Secret = Readonly<Record<string, string>>;

/** Signs what the template says (`hmacSigned`). */
export const hmacSigner =
  (auth: SignedCalls, secret: Secret): Signer =>
  async (request, now) => {
    const url = new URL(request.url);
    const body = Buffer.from(request.body ?? "");
    const parts = partsOf({
      method: request.method,
      host: url.host,
      path: url.pathname,
      query: url.search.slice(1),
      body: body.toString("latin1"),
      bodySha256: createHash("sha256").update(body).digest("hex"),
      now,
      nonce: randomUUID(),
    });
    // One character a byte, so that a body that is no text is signed as it is.
    const key = Buffer.from(secret[auth.key] ?? "", auth.keyEncoding);
    const signed = Buffer.from(signedText(auth.signed, parts, secret), "latin1");
    const signature = createHmac(auth.algorithm, key).update(signed).digest(auth.encoding);
    const filled = (templates: Readonly<Record<string, string>>) =>
      Object.entries(templates).map(
        ([name, template]) => [name, fillTemplate(template, { ...parts, signature }, secret)] as const,
      );
    for (const [name, value] of filled(auth.query)) url.searchParams.set(name, value);
    return {
      ...request,
      ...(Object.keys(auth.query).length > 0 && { url: url.href }),
      headers: { ...request.headers, ...Object.fromEntries(filled(auth.headers)) },
    };
  };

/**
 * Signs as AWS asks.
 * @param contentHeader whether `x-amz-content-sha256` is sent, too, which S3 and OpenSearch Serverless require; the signature holds the body's hash in any case
 */
export function sigV4Signer(
  scope: Extract<Auth, { kind: "aws-sigv4" }>,
  { accessKeyId = "", secretAccessKey = "", sessionToken }: Secret,
  contentHeader = true,
): Signer {
  const keys = { accessKeyId, secretAccessKey, sessionToken };
  return async (request, now) => {
    const signable = { ...request, url: new URL(request.url) };
    return { ...request, headers: signedHeaders(signable, keys, scope, now, contentHeader) };
  };
}
