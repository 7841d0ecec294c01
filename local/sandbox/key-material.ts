import { createPrivateKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { type Auth, isOAuth2, keysOfAuth, SECRET_URL_KEY } from "../../model/index.ts";
import type { ServerIdentity } from "./tls-front.ts";
import type { ThirdParty } from "./types.ts";

type Values = Readonly<Record<string, string>>;

/**
 * First private keys and certificates of a third party's secret.
 * @param isThis true for the declared name of the secret
 * @param known a client certificate of this hub: all have the same, since the sandbox presents it as its own
 */
export async function keyMaterial(
  party: ThirdParty,
  isThis: (declared: string) => boolean,
  known: Values | undefined,
): Promise<Values> {
  const { auth, baseUrl, clientCertificate, secretUrl } = party;
  const signs = isOAuth2(auth) && isThis(auth.secret) && keysOfAuth(auth).includes("privateKey");
  return {
    ...(secretUrl !== undefined &&
      isThis(secretUrl) && { [SECRET_URL_KEY]: `${baseUrl}/in/${randomBytes(24).toString("base64url")}` }),
    ...(signs && { privateKey: privateKeyFor(auth.algorithm) }),
    ...(clientCertificate !== undefined && isThis(clientCertificate) && (known ?? (await certificate()))),
  };
}

function privateKeyFor(algorithm: Extract<Auth, { algorithm: unknown; tokenUrl: string }>["algorithm"]): string {
  const { privateKey } =
    algorithm === "ES256"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : algorithm === "ES384"
        ? generateKeyPairSync("ec", { namedCurve: "P-384" })
        : algorithm === "EdDSA"
          ? generateKeyPairSync("ed25519")
          : generateKeyPairSync("rsa", { modulusLength: 2_048 });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** For a third party whose calls name the certificate of their signature: both halves of it, so that nothing is downloaded. */
export async function signingCertificate(): Promise<Values> {
  const made = await certificate("rsa");
  const signingKey = createPrivateKey(made.privateKey ?? "").export({ type: "pkcs8", format: "der" });
  return { certificate: made.certificate ?? "", signingKey: signingKey.toString("base64") };
}

/** Loads as much as the rest of the sandbox, and few third parties need it. */
const generate: typeof import("selfsigned").generate = async (...args) => (await import("selfsigned")).generate(...args);

const SUBJECT = [{ name: "commonName", value: "integration-hub sandbox" }];
const NAMES = {
  name: "subjectAltName" as const,
  altNames: [
    { type: 2 as const, value: "localhost" },
    { type: 7 as const, ip: "127.0.0.1" },
  ],
};

/** A certificate that ended in 2021, by an authority that callers trust. @param authority certificate that is its own authority */
export async function expiredCertificate(authority: ServerIdentity): Promise<ServerIdentity> {
  const made = await generate(SUBJECT, {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date("2020-01-01"),
    notAfterDate: new Date("2021-01-01"),
    extensions: [NAMES],
    ca: { cert: authority.certificate, key: authority.privateKey },
  });
  return { certificate: made.cert, privateKey: made.private };
}

/** Certificate of client and server at once, which is its own authority. */
async function certificate(keyType: "ec" | "rsa" = "ec"): Promise<Values> {
  const made = await generate(SUBJECT, {
    keyType,
    keySize: 2_048,
    algorithm: "sha256",
    notBeforeDate: new Date("2020-01-01"),
    notAfterDate: new Date("2126-01-01"),
    extensions: [{ name: "basicConstraints", cA: true }, NAMES],
  });
  return { certificate: made.cert, privateKey: made.private, ca: made.cert };
}
