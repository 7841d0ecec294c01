import type { Auth } from "../../model/auth.ts";
import { VARIABLES } from "../../protocol/environment.ts";
import { failureOf, RetryableError } from "../errors.ts";
import { keysOf, type SecretCache } from "../secret-cache.ts";
import type { AccessTokens } from "./access-tokens.ts";

/** A third party as its credentials need to know it. */
export interface Party {
  readonly name: string;
  readonly auth: Auth;
  readonly tokenUrl: string | undefined;
  readonly timeoutMs: number;
  /** Of the request that calls it. */
  readonly correlationId: string;
}

export type AuthHeaders = Readonly<Record<string, string>>;

/** Headers that authenticate the hub to third parties. */
export interface Credentials {
  /**
   * @param refused headers that the third party refused: secret and token are fetched again
   * @throws RetryableError `SECRET_UNAVAILABLE`, `SECRET_INVALID`; TerminalError `TOKEN_REFUSED`
   */
  headers(party: Party, refused?: AuthHeaders): Promise<AuthHeaders>;
}

/** A secret read less than this ago is not read again because of a 401. */
const FRESH_MS = 1_000;

export function credentials(secrets: SecretCache, tokens: AccessTokens): Credentials {
  return {
    async headers({ name, auth, tokenUrl, timeoutMs, correlationId }, refused) {
      const read = <K extends string>(kind: { readonly secret: string }, keys: readonly K[], anew = refused !== undefined) =>
        secrets.get(kind.secret, anew ? FRESH_MS : undefined).then((secret) => keysOf(kind.secret, secret, keys));
      switch (auth.kind) {
        case "none":
          return {};
        case "bearer": {
          const { token } = await read(auth, ["token"]);
          return { authorization: `Bearer ${token}` };
        }
        case "api-key": {
          const { apiKey } = await read(auth, ["apiKey"]);
          return { [auth.header]: apiKey };
        }
        case "basic": {
          const { username, password } = await read(auth, ["username", "password"]);
          return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}` };
        }
        case "oauth2-client-credentials": {
          if (tokenUrl === undefined)
            throw new RetryableError(
              "SECRET_UNAVAILABLE",
              `${VARIABLES.thirdParties.name} holds no tokenUrl for ${name}. Deploy the flow again.`,
            );
          const request = (anew?: boolean) => async () => {
            const { clientId, clientSecret } = await read(auth, ["clientId", "clientSecret"], anew);
            return { adapter: name, tokenUrl, scope: auth.scope, clientId, clientSecret, timeoutMs, correlationId };
          };
          const old = refused?.authorization?.slice("Bearer ".length);
          const token = await tokens.get(request(), name, old).catch((error: unknown) => {
            // The secret may have been rotated since it was read.
            if (failureOf(error).code === "TOKEN_REFUSED") return tokens.get(request(true), name, old);
            throw error;
          });
          return { authorization: `Bearer ${token}` };
        }
      }
    },
  };
}
