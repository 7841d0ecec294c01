import { verify, X509Certificate } from "node:crypto";
import type { CertifiedContent } from "../../../model/signature.ts";
import { failureOf } from "../../errors.ts";
import { HttpProblem } from "../../http/problem.ts";
import type { Logger } from "../../logging/logger.ts";
import type { Clock, Fetch } from "../../ports.ts";
import { send } from "../../third-party/send.ts";
import type { SigningKeys } from "./keys.ts";

/** PayPal and SNS wait longer; the sender repeats a call that gets 503. */
const TIMEOUT_MS = 5_000;
/** A certificate with its chain has some 8 KB. */
const LARGEST_BYTES = 64 * 1_024;
/** A certificate is downloaded again after a day, as its sender may have withdrawn it. */
const LIFE_MS = 86_400_000;
/** Third parties use one or two at a time. */
const MOST = 16;
/** NIST SP 800-131A: shorter RSA keys are disallowed. */
const SHORTEST_RSA_BITS = 2_048;

/** Certificates of signatures, which calls name by URL. */
export interface Certificates {
  /**
   * @param pinned PEM: stands for the certificate at the URL
   * @returns why the signature is invalid; `undefined` when a key of the secret makes it valid
   * @throws HttpProblem 503 when the certificate can't be downloaded
   */
  faultOf(of: CertifiedContent, keys: SigningKeys, pinned: string | undefined): Promise<string | undefined>;
}

/** @param options.fetch @default the network */
export function certificateCache({
  clock,
  log,
  fetch,
}: {
  readonly clock: Clock;
  readonly log: Logger;
  readonly fetch?: Fetch | undefined;
}): Certificates {
  const known = new Map<string, { readonly until: number; readonly certificate: Promise<X509Certificate | string> }>();

  return {
    async faultOf(of, keys, pinned) {
      const url = addressOf(of);
      if (url === undefined) return "the certificate's URL is not one of the third party's";
      const certificate = pinned === undefined ? await certificateAt(url) : parsed(pinned);
      if (typeof certificate === "string") return certificate;
      const fault = unfit(certificate, clock.now());
      if (fault !== undefined) return fault;
      const signs = (content: string) =>
        verify(of.digest ?? "sha256", Buffer.from(content), certificate.publicKey, Buffer.from(of.signature, "base64"));
      const contents = typeof of.content === "string" ? [of.content] : keys.map(of.content);
      return contents.some(signs) ? undefined : "no signature matches";
    },
  };

  /** One download for all calls that name the same URL. */
  function certificateAt(url: string): Promise<X509Certificate | string> {
    const entry = known.get(url);
    if (entry && entry.until > clock.now()) return entry.certificate;
    const certificate = download(url);
    known.delete(url);
    known.set(url, { until: clock.now() + LIFE_MS, certificate });
    for (const oldest of known.keys()) if (known.size > MOST) known.delete(oldest);
    const forget = () => {
      if (known.get(url)?.certificate === certificate) known.delete(url);
    };
    certificate.then((value) => typeof value === "string" && forget(), forget);
    return certificate;
  }

  async function download(url: string): Promise<X509Certificate | string> {
    const request = { method: "GET" as const, url, headers: { accept: "*/*" }, body: undefined, streamOf: LARGEST_BYTES };
    try {
      const { status, stream } = await send("certificate", request, TIMEOUT_MS, new AbortController().signal, fetch);
      if (status >= 500 || status === 429) throw new Error(`the third party answered ${status}`);
      if (stream === undefined) return `the third party answered ${status} instead of its certificate`;
      const chunks: Uint8Array[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      return parsed(Buffer.concat(chunks).toString());
    } catch (error) {
      const { code, message } = failureOf(error);
      if (code === "RESPONSE_TOO_LARGE") return "the certificate is too large";
      log.error("the certificate of a signature could not be downloaded", { url, code, error: message });
      throw new HttpProblem(503, "Service Unavailable", "The signature could not be verified. Send the call again.", {
        "retry-after": "5",
      });
    }
  }
}

/**
 * Anyone may send any URL: it is fetched only when the third party alone can publish there.
 * @returns the URL as it is fetched
 */
function addressOf({ url: text, hosts, path }: CertifiedContent): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || text.length > 512) return undefined;
  const listed = hosts.some((host) =>
    new RegExp(`^${host.replaceAll(".", "\\.").replaceAll("*", "[a-z0-9-]{1,63}")}$`).test(url.host),
  );
  // `host` holds the port where it is not 443.
  const plain = url.protocol === "https:" && url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  return listed && plain && url.pathname.startsWith(path) ? url.href : undefined;
}

/** @returns the first certificate of a PEM text, or why there is none */
function parsed(pem: string): X509Certificate | string {
  try {
    return new X509Certificate(pem);
  } catch {
    return "the third party's certificate is no X.509";
  }
}

function unfit({ validFromDate, validToDate, publicKey }: X509Certificate, now: number): string | undefined {
  if (now < validFromDate.getTime() || now > validToDate.getTime()) return "the certificate has expired, or is not valid yet";
  const bits = publicKey.asymmetricKeyType === "rsa" ? (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) : 0;
  return bits < SHORTEST_RSA_BITS ? `the certificate's key is not RSA of ${SHORTEST_RSA_BITS} bits or more` : undefined;
}
