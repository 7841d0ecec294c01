import type { Role } from "./roles.ts";

/** Routes of the hub's own, by operation: the gateway serves them, the functions answer them, the command line calls them. */
export const STATUS_ROUTES = {
  listRequests: "GET /requests",
  showRequest: "GET /requests/{requestId}",
} as const;

/** First segment of operators' routes. */
export const OPS = "ops";
/** Operators' routes. The gateway may invoke the ops function for these alone, see `OPS_SOURCE` and `OPS_REQUEST_SOURCE`. */
export const OPS_ROUTES = {
  listDeadLetters: "GET /ops/dead-letters",
  showDeadLetter: "GET /ops/dead-letters/{id}",
  redrive: "POST /ops/dead-letters/redrive",
  discard: "POST /ops/dead-letters/discard",
  complete: "POST /ops/dead-letters/{id}/complete",
  edit: "POST /ops/dead-letters/{id}/edit",
  listGroups: "GET /ops/dead-letter-groups",
  noteGroup: "POST /ops/dead-letter-groups/{id}",
  listJobs: "GET /ops/jobs",
  startJob: "POST /ops/jobs",
  stopJob: "POST /ops/jobs/{id}/stop",
  startReplay: "POST /ops/replays",
  showReplay: "GET /ops/replays/{name}",
  audit: "GET /ops/audit",
  listHolds: "GET /ops/holds",
  hold: "POST /ops/holds",
  release: "POST /ops/holds/release",
  status: "GET /ops/status",
  runTrigger: "POST /ops/triggers/run",
  skipRuns: "POST /ops/triggers/skip",
  backfill: "POST /ops/triggers/backfill",
  exportInput: "GET /ops/inputs/{requestId}",
  runExport: "POST /ops/inputs",
  cancel: "POST /requests/{requestId}/cancel",
  runAgain: "POST /requests/{requestId}/run-again",
} as const;

export type OpsOperation = keyof typeof OPS_ROUTES;
export type OpsRoute = (typeof OPS_ROUTES)[OpsOperation];

/** The least role that an operation takes. A replay sends events to a whole flow, and an export any payload: both take an admin. */
export const OPS_ROLES: Readonly<Record<OpsOperation, Role>> = {
  listDeadLetters: "viewer",
  showDeadLetter: "viewer",
  redrive: "operator",
  discard: "operator",
  complete: "operator",
  edit: "operator",
  listGroups: "viewer",
  noteGroup: "operator",
  listJobs: "viewer",
  startJob: "operator",
  stopJob: "operator",
  startReplay: "admin",
  showReplay: "viewer",
  audit: "viewer",
  listHolds: "viewer",
  hold: "operator",
  release: "operator",
  status: "viewer",
  runTrigger: "operator",
  skipRuns: "operator",
  backfill: "operator",
  exportInput: "viewer",
  runExport: "admin",
  cancel: "operator",
  runAgain: "operator",
};
/** What the tenant of a request may do as well, without a role. */
export const TENANT_OPERATIONS: readonly OpsOperation[] = ["cancel"];
export type HubRoute = OpsRoute | (typeof STATUS_ROUTES)[keyof typeof STATUS_ROUTES];

/**
 * Ends of the ARNs of calls from which the gateway may invoke a function: stage, method and path, with wildcards.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
 */
export const STATUS_SOURCE = "*/GET/requests*";
export const OPS_SOURCE = "*/*/ops/*";
export const OPS_REQUEST_SOURCE = "*/POST/requests/*";

/** @returns method and path template of a route */
export function partsOf(route: string): { readonly method: string; readonly path: string } {
  const [method = "", path = ""] = route.split(" ");
  return { method, path };
}

/** @returns a route's path with values for its parameters, encoded */
export const pathOf = (route: HubRoute, values: Readonly<Record<string, string>> = {}): string =>
  partsOf(route).path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));

/** @returns names of a path's parameters, in order: `id` of `/orders/{id}` */
export const pathNames = (path: string): readonly string[] => [...path.matchAll(/\{([^{}]+)\}/g)].map(([, name = ""]) => name);

/** @returns a path with one text for each parameter. @default "*", as ARNs of calls have it */
export const pathPattern = (path: string, text = "*"): string => path.replace(/\{[^{}]+\}/g, text);

/**
 * Texts of a path or query parameter that stand for a value of a type, as regular expressions of JavaScript and Java. 15 digits are exact in
 * a double. Of any other type, the text is the value.
 */
export const PARAMETER_TEXTS: Readonly<Record<string, string>> = {
  number: "-?[0-9]{1,15}([.][0-9]{1,15})?",
  integer: "-?[0-9]{1,15}([.]0{1,15})?",
  boolean: "true|false",
};
