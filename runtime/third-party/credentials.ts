import { type Auth, isOAuth2, keysOfAuth } from "../../model/auth.ts";
import type { SecretUrl } from "../../model/base-url.ts";
import { VARIABLES } from "../../protocol/environment.ts";
import { failureOf, RetryableError } from "../errors.ts";
import type { TlsIdentity } from "../ports.ts";
import { keysOf, type SecretCache } from "../secret-cache.ts";
import type { AccessTokens } from "./access-tokens.ts";
import { type Address, openAddress, secretAddress } from "./address.ts";
import { identityOf } from "./identity.ts";
import { type CallRequest, isHeaderText } from "./request.ts";
import { hmacSigner, type Signer, sigV4Signer } from "./sign.ts";
import { tokenRequest } from "./token-request.ts";

/** A third party as its credentials need to know it. */
export interface Party {
  readonly name: string;
  readonly auth: Auth;
  /** Headers of the call with the key of the secret that each holds. */
  readonly secretHeaders: readonly (readonly [header: string, key: string])[];
  /** Name of the secret with the client certificate. */
  readonly clientCertificate: string | undefined;
  readonly tokenUrl: string | undefined;
  readonly timeoutMs: number;
  /** Of the request that calls it. */
  readonly correlationId: string;
}

/** What authenticates a call. */
export interface Proof {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Signs the call as it is sent. */
  readonly sign: Signer | undefined;
  readonly identity: TlsIdentity | undefined;
  readonly token: string | undefined;
  /** Values that no log and no dead letter may show. */
  readonly secrets: readonly string[];
}

export interface Credentials {
  /**
   * @param refused a proof that the third party refused: secret and token are fetched again
   * @throws RetryableError `SECRET_UNAVAILABLE`, `SECRET_INVALID`; TerminalError `TOKEN_REFUSED`; RetryLaterError `TOKEN_BUSY`
   */
  proof(party: Party, refused?: Proof): Promise<Proof>;
  /**
   * @param origin of the environment
   * @throws RetryableError `SECRET_UNAVAILABLE`, `SECRET_INVALID`
   */
  address(baseUrl: string | SecretUrl, origin: string): Promise<Address>;
  /**
   * @returns the declared keys of a connection's secret
   * @throws RetryableError `SECRET_UNAVAILABLE`, `SECRET_INVALID`
   */
  secretOf(auth: Extract<Auth, { kind: "connection" }>): Promise<Secret>;
}

/** @param now ms since the epoch */
export async function proven(request: CallRequest, proof: Proof, now: number): Promise<CallRequest> {
  const url = new URL(request.url);
  for (const [name, value] of Object.entries(proof.query)) url.searchParams.set(name, value);
  const withKeys = {
    ...request,
    ...(Object.keys(proof.query).length > 0 && { url: url.href }),
    headers: { ...request.headers, ...proof.headers },
  };
  return proof.sign ? proof.sign(withKeys, now) : withKeys;
}

/** A secret read less than this ago is not read again because of a 401. */
const FRESH_MS = 1_000;

type Secret = Readonly<Record<string, string>>;

export function credentials(secrets: SecretCache, tokens: AccessTokens): Credentials {
  return {
    async address(baseUrl, origin) {
      return typeof baseUrl === "string"
        ? openAddress(origin)
        : secretAddress(baseUrl, origin, await secrets.get(baseUrl.secret));
    },
    secretOf: async ({ secret, keys }) => keysOf(secret, await secrets.get(secret), keys),
    async proof(party, refused) {
      const { auth, clientCertificate } = party;
      const maxAge = refused ? FRESH_MS : undefined;
      const identity =
        clientCertificate === undefined ? undefined : identityOf(clientCertificate, await secrets.get(clientCertificate, maxAge));
      if (auth.kind === "none") return { headers: {}, query: {}, sign: undefined, identity, token: undefined, secrets: [] };
      const secret = await read(auth, maxAge);
      const extra = keysOf(
        auth.secret,
        secret,
        party.secretHeaders.map(([, key]) => key),
      );
      const own = Object.fromEntries(party.secretHeaders.map(([header, key]) => [header.toLowerCase(), extra[key] ?? ""]));
      const token = isOAuth2(auth) ? await accessToken(party, auth, identity, secret, refused?.token) : undefined;
      const headers = { ...own, ...(token === undefined ? headersOf(auth, secret) : { authorization: `Bearer ${token}` }) };
      if (!Object.values(headers).every(isHeaderText))
        throw new RetryableError(
          "SECRET_INVALID",
          `the secret ${auth.secret} has a value that no header can carry. Store it again.`,
        );
      const query = auth.kind === "api-key" ? valuesOf(auth.query, secret) : {};
      const values = [...Object.values(secret), ...(token === undefined ? [] : [token])];
      return { headers, query, sign: signerOf(auth, secret), identity, token, secrets: values };
    },
  };

  async function read(auth: Exclude<Auth, { kind: "none" }>, maxAge: number | undefined): Promise<Secret> {
    const secret = await secrets.get(auth.secret, maxAge);
    keysOf(auth.secret, secret, keysOfAuth(auth));
    return secret;
  }

  async function accessToken(
    party: Party,
    auth: Extract<Auth, { tokenUrl: string }>,
    identity: TlsIdentity | undefined,
    secret: Secret,
    refused: string | undefined,
  ): Promise<string> {
    const { name, tokenUrl, timeoutMs, correlationId } = party;
    if (tokenUrl === undefined)
      throw new RetryableError(
        "SECRET_UNAVAILABLE",
        `${VARIABLES.thirdParties.name} holds no tokenUrl for ${name}. Deploy the flow again.`,
      );
    const request = (current: Secret) =>
      tokenRequest({ adapter: name, auth, tokenUrl, secret: current, identity, timeoutMs, correlationId });
    return tokens.get(request(secret), refused).catch(async (error: unknown) => {
      // The secret may have been rotated since it was read.
      if (failureOf(error).code === "TOKEN_REFUSED") return tokens.get(request(await read(auth, FRESH_MS)), refused);
      throw error;
    });
  }
}

function headersOf(auth: Auth, secret: Secret): Record<string, string> {
  switch (auth.kind) {
    case "bearer":
      return { authorization: `Bearer ${secret.token}` };
    case "basic":
      return { authorization: `Basic ${Buffer.from(`${secret.username}:${secret.password}`).toString("base64")}` };
    case "api-key":
      return valuesOf(auth.headers, secret);
    default:
      return {};
  }
}

const valuesOf = (names: Readonly<Record<string, string>>, secret: Secret): Record<string, string> =>
  Object.fromEntries(Object.entries(names).map(([name, key]) => [name, secret[key] ?? ""]));

const signerOf = (auth: Auth, secret: Secret): Signer | undefined =>
  auth.kind === "hmac" ? hmacSigner(auth, secret) : auth.kind === "aws-sigv4" ? sigV4Signer(auth, secret) : undefined;
