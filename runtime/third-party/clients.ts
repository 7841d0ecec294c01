import type { AnyAdapter } from "../../model/adapter.ts";
import { metricLine } from "../logging/metric.ts";
import { secretCache } from "../secret-cache.ts";
import type { Validators } from "../validators.ts";
import { accessTokens } from "./access-tokens.ts";
import { circuitBreaker } from "./breaker.ts";
import { type CallingServices, call } from "./call.ts";
import type { AnyOperation, CallContext } from "./context.ts";
import { credentials } from "./credentials.ts";
import { pagesOf } from "./pages.ts";
import { rateLimiter } from "./rate-limit.ts";
import { CRASHED } from "./unknown-outcomes.ts";

type Client = ((input?: unknown) => Promise<unknown>) & { readonly pages?: (input?: unknown) => AsyncIterable<unknown> };
/** alias in `uses` -> operation -> client function. */
export type AnyClients = Readonly<Record<string, Readonly<Record<string, Client>>>>;

type ConnectionAuth = Extract<AnyAdapter["auth"], { kind: "connection" }>;
type Uses = Readonly<Record<string, AnyAdapter>>;

/**
 * Makes the clients of a step once per container, so that secrets and tokens are kept between invocations.
 * @returns a function that binds them to one run of the handler
 */
export function clientFactory(
  services: CallingServices,
  uses: Uses,
  validators: Validators,
): (context: CallContext) => AnyClients {
  const { environment, table, clock, random, secretStore } = services;
  const access = credentials(secretCache({ store: secretStore, clock, arns: environment.secrets }), accessTokens(services));
  const parties = Object.entries(uses).map(([alias, adapter]) => {
    const { name, rateLimit: limit } = adapter;
    const turns = limit ? rateLimiter({ table, clock, random, adapter: name, limit }) : () => async () => {};
    const onOpen = () => metricLine(services, { BreakerOpen: 1 }, { thirdParty: name });
    return { alias, adapter, turns, enter: circuitBreaker({ table, clock, random, adapter: name, onOpen }) };
  });

  /** The hub sees no call: an earlier attempt that has read the secret may have changed something, whatever it failed with. */
  const connect = (auth: ConnectionAuth, { repeated, unknown }: CallContext) => {
    if (repeated && !auth.safeToRepeat) unknown.add(CRASHED);
    return access.secretOf(auth);
  };

  const none = {};
  return (context) => {
    if (parties.length === 0) return none;
    const ordinals = new Map<string, number>();
    return Object.fromEntries(
      parties.map(({ alias, adapter, turns, enter }) => {
        const { auth } = adapter;
        if (auth.kind === "connection") return [alias, { secret: () => connect(auth, context) }];
        const turn = turns(context.slots);
        const client = (operationName: string, operation: AnyOperation): Client => {
          const name = `${adapter.name}.${operationName}`;
          const once = (input: unknown, url?: string) => {
            const ordinal = ordinals.get(name) ?? 0;
            ordinals.set(name, ordinal + 1);
            return call({ services, validators, adapter, name, operation, input, url, ordinal, turn, enter, access, context });
          };
          const single = async (input?: unknown) => (await once(input)).value;
          const { pages } = operation;
          return pages
            ? Object.assign(single, { pages: (input?: unknown) => pagesOf({ name, operation, pages, once }, input) })
            : single;
        };
        const operations = Object.entries(adapter.operations as Readonly<Record<string, AnyOperation>>);
        return [alias, Object.fromEntries(operations.map(([name, operation]) => [name, client(name, operation)]))];
      }),
    );
  };
}
