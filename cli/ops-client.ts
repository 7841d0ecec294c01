import { type HubRoute, OPS_ROUTES, partsOf, pathOf, STATUS_ROUTES } from "../protocol/routes.ts";
import { CliError } from "./cli-error.ts";
import type { Connection } from "./connection.ts";

/** A dead letter as the ops API lists it. */
export interface DeadLetter {
  readonly id: string;
  readonly state: string;
  readonly flow: string;
  readonly step: string;
  readonly requestId: string | null;
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly at: string;
  readonly times: number;
}
/** The API's decision about one dead letter: its new state, or the reason for refusing. */
export interface Decided {
  readonly id: string;
  readonly state?: string;
  readonly refused?: string;
}

interface Call {
  /** By parameter of the route. */
  readonly values?: Readonly<Record<string, string>>;
  readonly query?: URLSearchParams;
  readonly body?: unknown;
  /** The body as JSON text, instead of `body`. */
  readonly json?: string;
}

/** Begin of a thing's path, such as `/requests/` -> the command that lists such things. */
const LISTED: Readonly<Record<string, string>> = Object.fromEntries(
  (
    [
      [STATUS_ROUTES.showRequest, "requests list"],
      [OPS_ROUTES.exportInput, "requests list"],
      [OPS_ROUTES.showDeadLetter, "dead-letters list --state any"],
      [OPS_ROUTES.noteGroup, "dead-letters groups"],
      [OPS_ROUTES.stopJob, "jobs list"],
    ] as const
  ).map(([route, command]) => [partsOf(route).path.split("{")[0], command]),
);

/** The hub knows nothing by that id. */
export class NotFoundError extends CliError {}

/** Calls the hub's API. @throws NotFoundError; CliError with the hub's response when it is not a success */
export async function call<T>(
  { url, apiKey }: Connection,
  route: HubRoute,
  { values, query, body, json }: Call = {},
): Promise<T> {
  const text = json ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(`${url}${pathOf(route, values)}${query ? `?${query}` : ""}`, {
    method: partsOf(route).method,
    headers: { "x-api-key": apiKey, ...(text !== undefined && { "content-type": "application/json" }) },
    ...(text !== undefined && { body: text }),
  }).catch((error: unknown) => {
    const { cause, message } = error as Error;
    throw new CliError(
      `${url} does not answer: ${cause instanceof Error ? cause.message : message}. Start the hub, or correct --url.`,
    );
  });
  const answer = await response.text();
  // 409: every decision was refused; the body gives the reasons.
  if (response.ok || (response.status === 409 && answer.includes('"results"'))) return JSON.parse(answer) as T;
  if (response.status === 404) {
    const list = Object.entries(LISTED).find(([path]) => partsOf(route).path.startsWith(path))?.[1];
    throw new NotFoundError(`The hub answered 404: ${detailOf(answer)}${list === undefined ? "" : ` Find it with ${list}.`}`);
  }
  throw new CliError(`The hub answered ${response.status}: ${detailOf(answer)}`);
}

/** @param limit 1 to 1000 */
export const findDeadLetters = (hub: Connection, filter: readonly (readonly [string, string])[], limit: number | string) =>
  call<{ readonly deadLetters: readonly DeadLetter[]; readonly more: boolean; readonly next?: string }>(
    hub,
    OPS_ROUTES.listDeadLetters,
    { query: new URLSearchParams([...filter.map(([name, value]): [string, string] => [name, value]), ["limit", String(limit)]]) },
  );

function detailOf(text: string): string {
  try {
    return String((JSON.parse(text) as { readonly detail?: unknown }).detail ?? text);
  } catch {
    return text;
  }
}
