import { X509Certificate } from "node:crypto";
import type { SandboxRequest } from "./http.ts";
import type { Credentials, Tokens } from "./tokens.ts";
import type { ThirdParty } from "./types.ts";
import { hmacFault, sigV4Fault } from "./verify-signature.ts";

/**
 * @param now ms since the epoch
 * @returns why the third party refuses the call; `undefined` when it accepts the call
 */
export async function refusalOf(
  { party: { auth }, tokens }: { readonly party: ThirdParty; readonly tokens: Tokens },
  credentials: Credentials | undefined,
  request: SandboxRequest,
  now: number,
): Promise<string | undefined> {
  if (auth.kind === "none") return undefined;
  if (!credentials) return `The secret "${auth.secret}" has no value. Put one.`;
  const { headers, query } = request;
  const [scheme = "", value = ""] = (headers.authorization ?? "").split(" ");
  switch (auth.kind) {
    case "bearer":
      return isBearer(scheme) && value === credentials.token
        ? undefined
        : `Send "Authorization: Bearer" with the token in the secret "${auth.secret}".`;
    case "api-key": {
      const header = Object.entries(auth.headers).find(([name, key]) => headers[name] !== credentials[key]);
      if (header) return `Send the header "${header[0]}" with "${header[1]}" of the secret "${auth.secret}".`;
      const parameter = Object.entries(auth.query).find(([name, key]) => query.get(name) !== credentials[key]);
      return parameter && `Send the query parameter "${parameter[0]}" with "${parameter[1]}" of the secret "${auth.secret}".`;
    }
    case "basic":
      return isBasic(scheme, value, credentials.username, credentials.password)
        ? undefined
        : `Send "Authorization: Basic" with the credentials in the secret "${auth.secret}".`;
    case "hmac":
      return hmacFault(auth, credentials, request, now);
    case "aws-sigv4":
      return sigV4Fault(auth, credentials, request, now);
    default:
      return isBearer(scheme) && tokens.isValid(value)
        ? undefined
        : "Send an access token that this sandbox issued and that has not expired.";
  }
}

/** @returns why the call's client certificate is refused */
export function certificateFault(secret: Credentials | undefined, { certificate }: SandboxRequest): string | undefined {
  if (certificate === undefined) return "Call with TLS and the client certificate.";
  const known = secret?.certificate === undefined ? undefined : new X509Certificate(secret.certificate);
  return known?.fingerprint256 === new X509Certificate(certificate).fingerprint256
    ? undefined
    : "The client certificate is another one than that of the secret.";
}

const isBearer = (scheme: string) => scheme.toLowerCase() === "bearer";
export const isBasic = (scheme: string, value: string, user = "", password = "") =>
  scheme.toLowerCase() === "basic" && Buffer.from(value, "base64").toString() === `${user}:${password}`;
