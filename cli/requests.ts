import { STATUS_ROUTES } from "../protocol/routes.ts";
import type { Connection } from "./connection.ts";
import { call } from "./ops-client.ts";
import { table } from "./table.ts";
import type { ShownRequest } from "./trace-source.ts";

/** Command-line option -> parameter of the API. */
const PARAMETERS: Readonly<Record<string, string>> = {
  status: "status",
  flow: "flow",
  correlation: "correlationId",
  "business-key": "key",
  from: "from",
  to: "to",
  limit: "limit",
};
export const REQUEST_FILTERS: readonly string[] = Object.keys(PARAMETERS);

interface Page {
  readonly requests: readonly ShownRequest[];
  readonly cursor?: string;
}

/** `npm run hub -- requests list`. @returns the text to print */
export async function listRequests(hub: Connection, options: Readonly<Record<string, unknown>>): Promise<string> {
  const query = new URLSearchParams(
    Object.entries(PARAMETERS).flatMap(([option, name]): [string, string][] =>
      typeof options[option] === "string" ? [[name, options[option]]] : [],
    ),
  );
  const page = await call<Page>(hub, STATUS_ROUTES.listRequests, { query });
  if (options.json === true) return JSON.stringify(page, null, 2);
  const rows = page.requests.map(({ requestId, flow, status, createdAt, correlationId }) => [
    createdAt,
    flow,
    status,
    requestId,
    correlationId === requestId ? "" : correlationId,
  ]);
  const last = page.requests.at(-1)?.createdAt;
  const end =
    page.cursor === undefined
      ? ""
      : `\nMore requests may match.${last ? ` Go on with --to ${last}, or raise --limit (at most 100).` : ""}`;
  const none = "no requests of this key's tenant. Give the API key of a consumer of another tenant with --url and --key";
  return rows.length === 0 ? `${none}${end}` : table(["CREATED", "FLOW", "STATUS", "REQUEST", "CORRELATION"], rows) + end;
}
