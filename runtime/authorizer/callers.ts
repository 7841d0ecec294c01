import { createHash, timingSafeEqual } from "node:crypto";
import { TENANT } from "../../model/caller-auth.ts";
import type { AuthorizerEnvironment, Consumer } from "../environment.ts";
import type { SecretCache } from "../secret-cache.ts";
import type { Credentials } from "./credentials.ts";
import { NotAllowed, NotAuthenticated } from "./refusal.ts";
import type { TokenClaims } from "./tokens.ts";

/** Who the caller is, once it is known. */
export interface KnownCaller {
  readonly consumer: string;
  readonly tenant: string;
  readonly operator: boolean;
  /** The consumer's API key, by which its usage plan counts. */
  readonly usageKey: string;
  readonly scopes: ReadonlySet<string>;
}

/** Name under which HUB_SECRETS has the secret of all keys: consumer -> API key. */
export const KEYS_SECRET = "consumers";
/** A key that nobody has is looked for anew, in case it was made a moment ago; no more often than this. */
const FRESH_MS = 10_000;

const digest = (text: string) => createHash("sha256").update(text).digest();

/** @param readToken absent where the stack takes no tokens */
export function knownCallers(
  { consumers }: Pick<AuthorizerEnvironment, "consumers">,
  secrets: SecretCache,
  readToken: ((token: string) => Promise<TokenClaims>) | undefined,
) {
  const entries = Object.entries(consumers);

  /** @throws NotAuthenticated, NotAllowed; Error when keys of the hub or of the issuer can't be read */
  return async (credentials: Credentials): Promise<KnownCaller> => {
    if (credentials.kind === "api-key") return byKey(credentials.key);
    if (!readToken) throw new NotAuthenticated("TOKENS_NOT_TAKEN");
    return byToken(await readToken(credentials.token));
  };

  async function byKey(key: string): Promise<KnownCaller> {
    const wanted = digest(key);
    // Each key is compared, as a whole and by its hash, so the time it takes tells nothing.
    const find = (keys: Readonly<Record<string, string>>) =>
      entries.filter(([name]) => timingSafeEqual(digest(keys[name] ?? ""), wanted) && keys[name])[0];
    const found = find(await secrets.get(KEYS_SECRET)) ?? find(await secrets.get(KEYS_SECRET, FRESH_MS));
    if (!found) throw new NotAuthenticated("KEY_UNKNOWN");
    const [consumer, of] = found;
    return { ...head(consumer, of), tenant: of.tenant, usageKey: key, scopes: new Set() };
  }

  async function byToken({ client, tenant, scopes }: TokenClaims): Promise<KnownCaller> {
    const found = entries.find(([, { clients }]) => clients.includes(client));
    if (!found) throw new NotAllowed("CONSUMER_UNKNOWN", "The client that the token was issued to is no consumer of this hub.");
    const [consumer, of] = found;
    if (tenant !== undefined && !(typeof tenant === "string" && TENANT.test(tenant)))
      throw new NotAllowed("TENANT_MALFORMED", "The token names no tenant of 1 to 64 letters, digits, _ or -.");
    const keyIn = (keys: Readonly<Record<string, string>>) => keys[consumer];
    const usageKey = keyIn(await secrets.get(KEYS_SECRET)) ?? keyIn(await secrets.get(KEYS_SECRET, FRESH_MS));
    if (!usageKey) throw new Error(`the secret of keys holds none of ${consumer}. Deploy the stack again.`);
    return { ...head(consumer, of), tenant: tenant ?? of.tenant, usageKey, scopes };
  }
}

const head = (consumer: string, { operator }: Consumer) => ({ consumer, operator });
