import { createHash, createHmac, randomUUID } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Auth, SignedCalls } from "../../model/auth.ts";
import { fillTemplate, partsOf, signedText } from "../../model/signed-parts.ts";
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
 * Signs as AWS asks. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 * @param contentHeader whether `x-amz-content-sha256` is sent, too, which S3 and OpenSearch Serverless require; the signature holds the body's hash in any case
 */
export function sigV4Signer(
  { service, region }: Extract<Auth, { kind: "aws-sigv4" }>,
  secret: Secret,
  contentHeader = true,
): Signer {
  const { accessKeyId = "", secretAccessKey = "", sessionToken } = secret;
  const signer = new SignatureV4({
    service,
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    sha256: NodeSha256,
    // S3 alone signs the path as it is.
    uriEscapePath: service !== "s3",
    applyChecksum: contentHeader,
  });
  return async (request, now) => {
    const url = new URL(request.url);
    const query: Record<string, string[]> = {};
    for (const [name, value] of url.searchParams) query[name] = [...(query[name] ?? []), value];
    const { headers } = await signer.sign(
      {
        method: request.method,
        protocol: url.protocol,
        hostname: url.hostname,
        ...(url.port !== "" && { port: Number(url.port) }),
        path: url.pathname,
        query,
        headers: { ...request.headers, host: url.host },
        body: request.body,
      },
      { signingDate: new Date(now) },
    );
    const { host: _host, ...others } = headers;
    return { ...request, headers: others };
  };
}

/** SHA-256, and HMAC with a secret, as the signer expects them. */
class NodeSha256 {
  readonly #secret: Uint8Array | string | undefined;
  #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;
  constructor(secret?: unknown) {
    this.#secret = typeof secret === "string" ? secret : secret === undefined ? undefined : new Uint8Array(secret as ArrayBuffer);
    this.#hash = this.#made();
  }
  update(data: Uint8Array): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.#hash.digest());
  }
  reset(): void {
    this.#hash = this.#made();
  }
  #made() {
    return this.#secret === undefined ? createHash("sha256") : createHmac("sha256", this.#secret);
  }
}
