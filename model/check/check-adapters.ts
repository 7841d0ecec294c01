import type { AnyAdapter, Operation } from "../adapter.ts";
import { shownUrl } from "../base-url.ts";
import { isConnection } from "../connection.ts";
import type { Flow } from "../flow.ts";
import { adaptersOf, usesOf } from "../graph.ts";
import { checkAdapterAuth } from "./check-adapter-auth.ts";
import { checkConnection } from "./check-connection.ts";
import { checkHeaders, checkIdempotencyHeader, checkOperation, TAKEN } from "./check-operation.ts";
import { checkAddresses, checkSentCredentials } from "./check-sendable.ts";
import { checkDuration, checkWholeNumber, DAY } from "./check-values.ts";
import { type Problem, placeIn, problem } from "./problem.ts";

/** Addresses, limits and operations of third parties. */
export function* checkAdapters(flow: Flow): Iterable<Problem> {
  const byName = new Map<string, AnyAdapter>();
  for (const adapter of usesOf(flow).flatMap((uses) => Object.values(uses))) {
    const known = byName.get(adapter.name);
    if (known && known !== adapter)
      yield problem(
        "ADAPTER",
        placeIn(flow, `adapter ${adapter.name}`),
        "two adapters share this name",
        "Declare it once and use that constant everywhere",
      );
    byName.set(adapter.name, adapter);
  }
  for (const adapter of adaptersOf(flow)) yield* checkAdapter({ where: placeIn(flow, `adapter ${adapter.name}`), adapter });
}

function* checkAdapter({ where, adapter }: { readonly where: string; readonly adapter: AnyAdapter }): Iterable<Problem> {
  if (isConnection(adapter)) return yield* checkConnection(where, adapter);
  const { egress, rateLimit, timeout } = adapter;
  const baseUrl = shownUrl(adapter.baseUrl);
  if (typeof adapter.baseUrl !== "string" && !HOST.test(adapter.baseUrl.host))
    yield problem(
      "ADAPTER",
      where,
      "the host of its secret URL is not a host",
      'Write it like "hooks.slack.com", without https:// and path: the rest is in the secret',
    );
  else if (!/^https:\/\/[^/\s?#@]+(\/[^\s?#]*[^/\s?#])?$/.test(baseUrl))
    yield problem(
      "ADAPTER",
      where,
      `"${baseUrl}" is not an https URL without a trailing slash`,
      'Write it like "https://erp.example.com/api/v2"',
    );
  if (egress === "fixed" && /^https:\/\/[^/]+:(?!443(\/|$))\d/.test(baseUrl))
    yield problem(
      "ADAPTER",
      where,
      "its URL has a port that the network with fixed addresses blocks",
      "Call it on port 443, or leave egress out",
    );
  yield* checkDuration({ where: `${where}, timeout`, value: timeout, within: [0.1, 25] });
  yield* checkWholeNumber({ where: `${where}, rateLimit.calls`, value: rateLimit?.calls, within: [1, 100_000] });
  yield* checkDuration({ where: `${where}, rateLimit.per`, value: rateLimit?.per, within: [1, DAY] });
  yield* checkAddresses(where, adapter);
  yield* checkAdapterAuth({ where, adapter });
  yield* checkSentCredentials(where, adapter.auth, TAKEN);
  yield* checkHeaders({ where, headers: adapter.headers ?? {}, adapter });
  yield* checkIdempotencyHeader(where, adapter.idempotencyHeader);
  for (const [name, operation] of Object.entries(adapter.operations as Readonly<Record<string, Operation>>))
    yield* checkOperation({ where: `${where}, operation ${name}`, operation, adapter });
}

/** A name, or an address, with a port. */
const HOST = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?$/i;

/** Third parties that two flows declare differently under one name. */
export function* checkSharedAdapters(flows: readonly Flow[]): Iterable<Problem> {
  const owners = new Map<string, { flow: string; description: string }>();
  for (const flow of flows) {
    for (const adapter of adaptersOf(flow)) {
      // Two flows may hold equal copies when each called a function that makes the adapter; that is one third party.
      const description = JSON.stringify([
        adapter.baseUrl,
        adapter.auth,
        adapter.timeout,
        adapter.rateLimit,
        adapter.egress,
        adapter.headers,
        adapter.clientCertificate,
        Object.keys(adapter.operations as object),
      ]);
      const owner = owners.get(adapter.name);
      if (owner && owner.description !== description)
        yield problem(
          "ADAPTER",
          placeIn(flow, `adapter ${adapter.name}`),
          `flow ${owner.flow} declares another third party of this name`,
          "Share one declaration in third-parties/, or rename one",
        );
      owners.set(adapter.name, { flow: flow.name, description });
    }
  }
}
