import { type HubRoute, partsOf, pathOf } from "../../protocol/routes.ts";
import { Problem } from "./problem.ts";

/** The hub's public API, and who calls it. */
export interface HubApi {
  /** URL without a trailing slash. */
  readonly apiUrl: string;
  /** API key of an operator; `undefined` where the stack has none. */
  readonly operatorKey: string | undefined;
}

/** Calls the hub's API with an operator's key. @throws Problem with the API's own detail */
export async function callHub(
  { apiUrl, operatorKey }: HubApi,
  route: HubRoute,
  {
    values = {},
    query,
    body,
  }: { readonly values?: Readonly<Record<string, string>>; readonly query?: URLSearchParams; readonly body?: string } = {},
): Promise<unknown> {
  if (operatorKey === undefined)
    throw new Problem(403, "The stack has no operator. Add a consumer to hub:operators and start the hub again.");
  const response = await fetch(`${apiUrl}${pathOf(route, values)}${query?.size ? `?${query}` : ""}`, {
    method: partsOf(route).method,
    headers: { "x-api-key": operatorKey, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body }),
  }).catch((error: unknown) => {
    throw new Problem(502, `The hub does not answer at ${apiUrl}: ${error instanceof Error ? error.message : String(error)}.`);
  });
  const text = await response.text();
  // 409: every decision was refused; the body gives the reasons.
  if (response.ok || (response.status === 409 && text.includes('"results"'))) return JSON.parse(text);
  throw new Problem(response.status, detailOf(text));
}

function detailOf(text: string): string {
  try {
    return String((JSON.parse(text) as { readonly detail?: unknown }).detail ?? text);
  } catch {
    return text;
  }
}
