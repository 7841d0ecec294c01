import { createHash, timingSafeEqual } from "node:crypto";
import { TENANT } from "../../../model/caller-auth.ts";
import { CONSUMERS_SECRET, type Consumer } from "../../../protocol/consumers.ts";
import { isRole, lesserRole, ROLES, type Role } from "../../../protocol/roles.ts";
import type { SecretCache } from "../../secret-cache.ts";
import type { Credentials } from "./credentials.ts";
import { NotAllowed, NotAuthenticated } from "./refusal.ts";
import type { TokenClaims } from "./tokens.ts";

/** An authenticated caller. */
export interface KnownCaller {
  readonly consumer: string;
  readonly tenant: string;
  /** What it may do with the ops API; `undefined` for nothing. */
  readonly role: Role | undefined;
  /** The person or program that the token was issued for. */
  readonly subject?: string;
  /** The consumer's API key, which its usage plan applies to. */
  readonly usageKey: string;
  readonly scopes: ReadonlySet<string>;
}

type Consumers = readonly (readonly [name: string, consumer: Consumer])[];

/** An unknown key causes the secret to be read again, in case the key is new; no more often than this. */
const FRESH_MS = 10_000;

const digest = (text: string) => createHash("sha256").update(text).digest();

/**
 * @param readToken absent where the stack takes no tokens
 * @param roleScopes prefix of the scopes that give a token its role, which is never more than its consumer's. @default the consumer's
 */
export function knownCallers(
  secrets: SecretCache,
  readToken: ((token: string) => Promise<TokenClaims>) | undefined,
  roleScopes?: string,
) {
  /** @throws NotAuthenticated, NotAllowed; Error when keys of the hub or of the issuer can't be read */
  return async (credentials: Credentials): Promise<KnownCaller> => {
    if (credentials.kind === "api-key") return byKey(credentials.key);
    if (!readToken) throw new NotAuthenticated("TOKENS_NOT_TAKEN");
    return byToken(await readToken(credentials.token));
  };

  async function byKey(key: string): Promise<KnownCaller> {
    const wanted = digest(key);
    // Every key is compared, by its hash, so that the time taken reveals nothing.
    const found = await look((all) => all.filter(([, consumer]) => timingSafeEqual(digest(consumer.key), wanted))[0]);
    if (!found) throw new NotAuthenticated("KEY_UNKNOWN");
    return { ...callerOf(found), scopes: new Set() };
  }

  async function byToken({ client, subject, tenant, scopes }: TokenClaims): Promise<KnownCaller> {
    const found = await look((all) => all.find(([, { clients }]) => clients.includes(client)));
    if (!found) throw new NotAllowed("CONSUMER_UNKNOWN", "The token's client is not a consumer of this hub.");
    if (tenant !== undefined && !(typeof tenant === "string" && TENANT.test(tenant)))
      throw new NotAllowed("TENANT_MALFORMED", "The token's tenant is not 1 to 64 letters, digits, _ or -.");
    const caller = callerOf(found);
    return {
      ...caller,
      ...(tenant !== undefined && { tenant }),
      ...(subject !== undefined && { subject }),
      role: roleScopes === undefined ? caller.role : roleBy(scopes, roleScopes, caller.role),
      scopes,
    };
  }

  async function look(find: (all: Consumers) => Consumers[number] | undefined): Promise<Consumers[number] | undefined> {
    return (
      find(consumersIn(await secrets.get(CONSUMERS_SECRET))) ?? find(consumersIn(await secrets.get(CONSUMERS_SECRET, FRESH_MS)))
    );
  }
}

const callerOf = ([consumer, { key, tenant, operator, role = operator ? "admin" : undefined }]: Consumers[number]) => ({
  consumer,
  tenant,
  role,
  usageKey: key,
});

/** @returns the highest role that the scopes give, and no more than the consumer's; `undefined` where they give none */
function roleBy(scopes: ReadonlySet<string>, prefix: string, most: Role | undefined): Role | undefined {
  const given = ROLES.findLast((role) => scopes.has(`${prefix}${role}`));
  return given && most && lesserRole(given, most);
}

const read = new WeakMap<object, Consumers>();
/** @throws Error that quotes nothing of the secret, when it is malformed */
function consumersIn(secret: Readonly<Record<string, string>>): Consumers {
  const known = read.get(secret);
  if (known) return known;
  const found = Object.entries(secret).map(([name, text]) => [name, consumerFrom(name, text)] as const);
  read.set(secret, found);
  return found;
}

function consumerFrom(name: string, text: string): Consumer {
  try {
    const { key, tenant, operator, role, clients } = JSON.parse(text) as Partial<Consumer>;
    const texts = [key, tenant, ...(clients ?? [""])];
    const sound = typeof operator === "boolean" && (role === undefined || isRole(role));
    if (texts.every((part) => typeof part === "string" && part !== "") && sound)
      return {
        key: key as string,
        tenant: tenant as string,
        operator,
        ...(role && { role }),
        clients: clients as readonly string[],
      };
  } catch {
    // reported below: the error of JSON.parse quotes its input
  }
  throw new Error(`the secret of consumers is malformed for ${name}. Deploy the stack again.`);
}
