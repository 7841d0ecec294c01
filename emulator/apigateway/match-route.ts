import type { Method } from "./open-api.ts";

export interface Match {
  readonly method: Method;
  /** As the caller sent them, percent-encoded. https://github.com/serverless/serverless/issues/5037 */
  readonly pathParameters: Readonly<Record<string, string>>;
  /** Path without the stage. */
  readonly path: string;
}

/**
 * Finds the method for a request. A fixed segment takes precedence over `{name}`, and `{name}` over `{name+}`.
 *
 * AWS serves `/<stage>/orders`, and `/orders` under a custom domain. The emulator accepts both; the path without a stage comes first.
 */
export function matchRoute(methods: readonly Method[], verb: string, path: string, stage: string): Match | undefined {
  const below = path === `/${stage}` ? "/" : path.startsWith(`/${stage}/`) ? path.slice(stage.length + 1) : undefined;
  return find(methods, verb, path) ?? (below === undefined ? undefined : find(methods, verb, below));
}

/** What the method ANY stands for. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html */
const OF_ANY: ReadonlySet<string> = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]);

function find(methods: readonly Method[], verb: string, path: string): Match | undefined {
  const segments = split(path);
  let best: (Match & { readonly rank: string }) | undefined;
  for (const method of methods) {
    if (method.verb !== verb && !(method.verb === "ANY" && OF_ANY.has(verb))) continue;
    const parts = split(method.resource);
    const pathParameters = matchSegments(parts, segments);
    if (!pathParameters) continue;
    // Compares segment by segment; a named verb takes precedence over ANY.
    const rank = `${parts.map((part) => (!part.startsWith("{") ? "a" : part.endsWith("+}") ? "c" : "b")).join("")}~${method.verb === "ANY" ? 1 : 0}`;
    if (!best || rank < best.rank) best = { method, pathParameters, path, rank };
  }
  return best;
}

function matchSegments(parts: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  const found: Record<string, string> = {};
  for (const [at, part] of parts.entries()) {
    const segment = segments[at];
    if (part.endsWith("+}")) {
      if (segment === undefined) return undefined;
      found[part.slice(1, -2)] = segments.slice(at).join("/");
      return found;
    }
    if (segment === undefined) return undefined;
    if (part.startsWith("{")) {
      if (segment === "") return undefined;
      found[part.slice(1, -1)] = segment;
    } else if (part !== decode(segment)) return undefined;
  }
  return parts.length === segments.length ? found : undefined;
}

const split = (path: string) =>
  path
    .replace(/^\//, "")
    .replace(/(?<=.)\/$/, "")
    .split("/");

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
