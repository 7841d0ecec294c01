import type { Adapter } from "./adapter.ts";
import type { Auth } from "./auth.ts";
import type { Retry } from "./retry.ts";

type ConnectionAuth = Extract<Auth, { kind: "connection" }>;

/** A third party that a handler calls itself, by a protocol that is not HTTP. */
export interface Connection<Key extends string = string> extends Adapter<Readonly<Record<never, never>>> {
  readonly auth: ConnectionAuth & { readonly keys: readonly Key[] };
}

/**
 * Declares a third party by SFTP, SMTP, LDAP, a database's protocol, …: a step that uses it may read its secret, and its handler connects with
 * a library. The hub sees no call: it has no breaker, rate limit, idempotency key, sandbox and span for them.
 *
 * @param name kebab-case, unique in the hub; a step's `uses` may give it another name
 * @example connection("bank", { protocol: "sftp", secret: "bank/sftp", keys: ["host", "port", "username", "privateKey"] })
 */
export function connection<const Key extends string>(
  name: string,
  options: {
    /** One sentence for the catalogue. */
    readonly summary?: string;
    /** For the catalogue and the console, such as `"sftp"`: a URI scheme (RFC 3986, section 3.1) other than http and https. @error ADAPTER */
    readonly protocol: string;
    /** Name of the secret, such as `"bank/sftp"`; created as `<project>/<stack>/<name>`, read at run time. @error NAME */
    readonly secret: string;
    /** What the secret must have, such as `["host", "username", "password"]`; values are texts. @error ADAPTER */
    readonly keys: readonly [Key, ...Key[]];
    /** True where handlers change nothing there, or nothing that a repetition changes again. @default false */
    readonly safeToRepeat?: boolean;
    /** How a step that uses it is retried, unless the step says otherwise. @default {@link DEFAULT_RETRY} */
    readonly retry?: Retry;
    /** `"fixed"`: steps that use it connect from the stack's network (`hub:egress`), which opens `port`. @default any address of AWS */
    readonly egress?: "fixed";
    /** TCP port that the network with fixed addresses opens; only with `egress`. @range 1 to 65535 @default none */
    readonly port?: number;
  },
): Connection<Key> {
  const { protocol, secret, keys, safeToRepeat = false, port, ...rest } = options;
  return {
    kind: "adapter",
    name,
    ...rest,
    baseUrl: `${protocol}:`,
    auth: { kind: "connection", secret, keys, safeToRepeat, ...(port !== undefined && { port }) },
    timeout: NO_CALL,
    operations: {},
  };
}

/** The budget of a synchronous endpoint counts no time for a connection: the handler's library limits it. */
const NO_CALL = "0 seconds";

/** True for a third party without operations, which the hub does not call itself. */
export const isConnection = (adapter: { readonly auth: { readonly kind: string } }): boolean =>
  adapter.auth.kind === "connection";

/** @returns such as `sftp`; `undefined` for a third party that the hub calls by HTTP */
export const protocolOf = (party: { readonly auth: { readonly kind: string }; readonly baseUrl: unknown }): string | undefined =>
  isConnection(party) ? String(party.baseUrl).replace(/:$/, "") : undefined;
