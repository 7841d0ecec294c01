import type { IncomingHttpHeaders } from "node:http";

/** Names of this machine. */
const LOOPBACK: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** Stands for every host in a list of allowed ones. */
const ANY_HOST = "*";

/**
 * Keeps pages of other sites away from a server on this machine. A browser sends `Origin` with each call of another site that can change
 * something, and `Host` names the site that a page came from, also when its name was made to resolve to 127.0.0.1 (DNS rebinding).
 * https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Origin
 *
 * @param allowed further host names without port, such as that of a tunnel, or `*`
 * @returns the reason to refuse the call; `undefined` for a call that may pass
 */
export function refusalOf({ host, origin }: IncomingHttpHeaders, allowed: readonly string[] = []): string | undefined {
  if (allowed.includes(ANY_HOST)) return undefined;
  const isKnown = (name: string) => LOOPBACK.includes(name) || allowed.includes(name);
  if (host !== undefined && !isKnown(hostnameOf(host)))
    return "The header Host does not name this machine. Call localhost, or start the hub with --allow-host <name>.";
  if (origin !== undefined && !isKnown(originHost(origin)))
    return "The header Origin names another site. Call from a page of this machine, or start the hub with --allow-host <name>.";
  return undefined;
}

const hostnameOf = (host: string) => host.toLowerCase().replace(/:\d+$/, "");
const originHost = (origin: string) => hostnameOf(origin.replace(/^https?:\/\//, ""));
