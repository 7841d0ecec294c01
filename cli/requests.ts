import { STATUS_ROUTES } from "../protocol/routes.ts";
import { numberOf, type Options } from "./arguments.ts";
import type { Connection } from "./connection.ts";
import { refuseUnknown } from "./known-flows.ts";
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

/** The API's. */
const LARGEST_PAGE = 100;

interface Page {
  readonly requests: readonly ShownRequest[];
  readonly cursor?: string;
}

/** @returns the pages of every consumer whose key the connection has */
async function pagesOf(hub: Connection, options: Options): Promise<readonly Page[]> {
  if (options.limit !== undefined) numberOf("limit", options.limit, LARGEST_PAGE);
  const query = new URLSearchParams(
    Object.entries(PARAMETERS).flatMap(([option, name]): [string, string][] =>
      typeof options[option] === "string" ? [[name, options[option]]] : [],
    ),
  );
  const keys = [hub.apiKey, ...(hub.otherKeys ?? [])];
  return Promise.all(keys.map((apiKey) => call<Page>({ ...hub, apiKey }, STATUS_ROUTES.listRequests, { query })));
}

/** The requests of every consumer whose key the connection has, the newest first. @param options `REQUEST_FILTERS` */
export const findRequests = async (hub: Connection, options: Options) => merged(await pagesOf(hub, options));

/**
 * `npm run hub -- requests list`: the requests of every consumer whose key the connection has, the newest first.
 * @returns the text to print
 */
export async function listRequests(hub: Connection, options: Options): Promise<string> {
  const pages = await pagesOf(hub, options);
  const { requests, more } = merged(pages);
  if (requests.length === 0) await refuseUnknown(hub, options);
  if (options.json === true) {
    const [page] = pages;
    return JSON.stringify(pages.length === 1 ? page : { requests, more }, null, 2);
  }
  const rows = requests.map(({ requestId, flow, status, createdAt, correlationId }) => [
    createdAt,
    flow,
    status,
    requestId,
    correlationId === requestId ? "" : correlationId,
  ]);
  const last = requests.at(-1)?.createdAt;
  const end = more ? `\nMore requests may match.${last ? ` Go on with --to ${last}, or raise --limit (at most 100).` : ""}` : "";
  const none =
    pages.length === 1
      ? "no requests of this key's tenant. Give the API key of a consumer of another tenant with --url and --key"
      : "no requests";
  return rows.length === 0 ? `${none}${end}` : table(["CREATED", "FLOW", "STATUS", "REQUEST", "CORRELATION"], rows) + end;
}

/** @returns what is newer than the end of each page that goes on, so that `--to` with the last one skips nothing */
function merged(pages: readonly Page[]): { readonly requests: readonly ShownRequest[]; readonly more: boolean } {
  const cut = pages
    .filter(({ cursor }) => cursor !== undefined)
    .map(({ requests }) => requests.at(-1)?.createdAt ?? "")
    .reduce((latest, end) => (end > latest ? end : latest), "");
  const all = new Map(pages.flatMap(({ requests }) => requests.map((request) => [request.requestId, request] as const)));
  return {
    requests: [...all.values()]
      .filter(({ createdAt }) => createdAt >= cut)
      .sort((a, b) => (a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0)),
    more: pages.some(({ cursor }) => cursor !== undefined),
  };
}
