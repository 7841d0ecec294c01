import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
export const ISSUER = "https://login.example.com/tenant";

interface Key {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Every issuer's key at first: generating an RSA key takes about 100 ms of CPU. `Issuer.key` makes another one. */
let firstKey: Key | undefined;

/** Signs tokens, and has a set of keys to verify them by. */
export class Issuer {
  keys: Key[];
  readonly url: string;

  constructor(url = ISSUER) {
    this.url = url;
    firstKey ??= Issuer.key("k1");
    this.keys = [firstKey];
  }

  static key(kid: string): Key {
    return { kid, ...generateKeyPairSync("rsa", { modulusLength: 2048 }) };
  }

  /** As its address would answer. */
  keySet(): string {
    const keys = this.keys.map(({ kid, publicKey }) => ({
      ...publicKey.export({ format: "jwk" }),
      kid,
      use: "sig",
      alg: "RS256",
    }));
    return JSON.stringify({ keys });
  }

  /** Claims of a sound token, five minutes long. */
  claims(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    const now = Math.floor(Date.now() / 1_000);
    return { iss: this.url, aud: "hub", sub: "user-1", client_id: "web", iat: now, nbf: now, exp: now + 300, ...more };
  }

  token(
    claims: Readonly<Record<string, unknown>> = {},
    header: Readonly<Record<string, unknown>> = {},
    key: Key = this.keys[0] as Key,
  ): string {
    const input = `${b64({ alg: "RS256", typ: "at+jwt", kid: key.kid, ...header })}.${b64(this.claims(claims))}`;
    return `${input}.${sign("RSA-SHA256", Buffer.from(input), key.privateKey).toString("base64url")}`;
  }

  /** Signed with a secret: the key's own PEM, say, which anyone knows. */
  hmacToken(secret: string, header: Readonly<Record<string, unknown>> = {}): string {
    const input = `${b64({ alg: "HS256", typ: "JWT", kid: this.keys[0]?.kid, ...header })}.${b64(this.claims())}`;
    return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
  }

  get publicPem(): string {
    return String((this.keys[0] as Key).publicKey.export({ type: "spki", format: "pem" }));
  }
}
