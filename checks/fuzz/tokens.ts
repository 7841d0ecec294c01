import { createHmac, sign } from "node:crypto";
import { Issuer } from "../../tests/runtime/functions/authorizer/issuer.ts";

const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const MINUTE = 60;

/** A key that no issuer has. */
const STRANGER = Issuer.key("k1");
const SCOPE = { scope: "echo:write", client_id: "default", org: "acme" };

const sound = new WeakMap<Issuer, { readonly token: string; readonly until: number }>();
/** The same for a minute: the gateway keeps what the authorizer says of it. */
export function soundToken(issuer: Issuer): string {
  const known = sound.get(issuer);
  if (known && Date.now() < known.until) return known.token;
  const token = issuer.token(SCOPE);
  sound.set(issuer, { token, until: Date.now() + MINUTE * 1_000 });
  return token;
}

/** Tokens that must be refused, by their fault. */
export const FORGERIES: Readonly<Record<string, (issuer: Issuer, text: string) => string>> = {
  "alg none, unsigned": (issuer) => `${b64({ alg: "none", typ: "JWT", kid: "k1" })}.${b64(issuer.claims(SCOPE))}.`,
  "alg NoNe, unsigned": (issuer) => `${b64({ alg: "NoNe", kid: "k1" })}.${b64(issuer.claims(SCOPE))}.`,
  "alg none, with a signature": (issuer) =>
    `${b64({ alg: "none", kid: "k1" })}.${b64(issuer.claims(SCOPE))}.${soundToken(issuer).split(".")[2]}`,
  "no alg": (issuer) => `${b64({ kid: "k1" })}.${b64(issuer.claims(SCOPE))}.${soundToken(issuer).split(".")[2]}`,
  "signed with the issuer's public key as a shared secret": (issuer) => {
    const input = `${b64({ alg: "HS256", typ: "JWT", kid: "k1" })}.${b64(issuer.claims(SCOPE))}`;
    return `${input}.${createHmac("sha256", issuer.publicPem).update(input).digest("base64url")}`;
  },
  "signed by a stranger's key of the same name": (issuer) => issuer.token(SCOPE, {}, STRANGER),
  "a key of its own in the header": (issuer) =>
    issuer.token(SCOPE, { jwk: { ...STRANGER.publicKey.export({ format: "jwk" }), kid: "k1" } }, STRANGER),
  "an address of keys in the header": (issuer) =>
    issuer.token(SCOPE, { jku: "http://127.0.0.1:1/keys", x5u: "http://127.0.0.1:1/cert" }, STRANGER),
  "another issuer": (issuer) => issuer.token({ ...SCOPE, iss: "https://login.example.com/other" }),
  "an issuer that is a list": (issuer) => issuer.token({ ...SCOPE, iss: [issuer.url] }),
  "the issuer's name and more": (issuer) => issuer.token({ ...SCOPE, iss: `${issuer.url}/` }),
  "another audience": (issuer) => issuer.token({ ...SCOPE, aud: "other" }),
  "no audience": (issuer) => issuer.token({ ...SCOPE, aud: undefined }),
  expired: (issuer) => issuer.token({ ...SCOPE, exp: Math.floor(Date.now() / 1_000) - MINUTE }),
  "an end that is text": (issuer) => issuer.token({ ...SCOPE, exp: "4000000000" }),
  "no end": (issuer) => issuer.token({ ...SCOPE, exp: undefined }),
  "not yet valid": (issuer) => issuer.token({ ...SCOPE, nbf: Math.floor(Date.now() / 1_000) + 2 * MINUTE }),
  "kid that is a path": (issuer) => issuer.token(SCOPE, { kid: "../../../../dev/null" }, STRANGER),
  "kid that is SQL": (issuer) => issuer.token(SCOPE, { kid: "k1' UNION SELECT 'x" }, STRANGER),
  "kid that is an address": (issuer) => issuer.token(SCOPE, { kid: `${issuer.url}/keys#k1` }, STRANGER),
  "kid that is __proto__": (issuer) => issuer.token(SCOPE, { kid: "__proto__" }, STRANGER),
  "kid that is a list": (issuer) => issuer.token(SCOPE, { kid: ["k1"] }),
  "kid with a null byte": (issuer) => issuer.token(SCOPE, { kid: "k1\0" }),
  "no kid, and another key": (issuer) => issuer.token(SCOPE, { kid: undefined }, STRANGER),
  "generated kid": (issuer, text) => issuer.token(SCOPE, { kid: `x${text}` }, STRANGER),
  "claims changed after signing": (issuer) => {
    const [header, , signature] = soundToken(issuer).split(".");
    return `${header}.${b64(issuer.claims({ ...SCOPE, org: "other" }))}.${signature}`;
  },
  "cut off": (issuer) => soundToken(issuer).slice(0, -10),
  "two parts": (issuer) => soundToken(issuer).split(".").slice(0, 2).join("."),
  "four parts": (issuer) => `${soundToken(issuer)}.x`,
  "claims that are no JSON": (issuer) => {
    const input = `${b64({ alg: "RS256", kid: "k1" })}.${Buffer.from("nope").toString("base64url")}`;
    return `${input}.${sign("RSA-SHA256", Buffer.from(input), issuer.keys[0]?.privateKey ?? "").toString("base64url")}`;
  },
  "claims that are null": () => `${b64({ alg: "RS256", kid: "k1" })}.${b64(null)}.x`,
  "a header that is a number": () => `${b64(1)}.${b64({})}.x`,
  "dots alone": () => "..",
  "9 KB": (issuer) => issuer.token({ ...SCOPE, padding: "x".repeat(7_000) }),
};
