import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { afterEach, beforeEach } from "mocha";
import * as z from "zod";
import { type AnyAdapter, type Auth, adapter, call, event, flow, noAuth, step } from "../../../model/index.ts";
import { createLogger } from "../../../runtime/logging/logger.ts";
import { type AnyClients, clientFactory } from "../../../runtime/third-party/clients.ts";
import { fakeDependencies, validatorsOf } from "./dependencies.ts";

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
export type Reply = (response: ServerResponse, request: Seen) => void;

export const reply =
  (status: number, body: unknown, headers: Record<string, string> = {}): Reply =>
  (response) =>
    response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));

const returns = z.object({ ok: z.boolean(), note: z.string().default("none") });
const party = (
  auth: Auth,
  more: { timeout?: "0.1 seconds" | "5 seconds"; rateLimit?: { calls: number; per: "1 second" | "1 minute" } } = {},
) =>
  adapter("shop", {
    baseUrl: "https://shop.example.com/v1",
    auth,
    timeout: more.timeout ?? "5 seconds",
    ...(more.rateLimit && { rateLimit: more.rateLimit }),
    operations: {
      ping: call("GET /ping", { returns }),
      find: call("GET /items/:id", {
        query: z.object({ tags: z.array(z.string()).optional(), limit: z.int().default(5) }),
        returns,
      }),
      place: call("POST /orders/:shelf/items", { body: z.object({ sku: z.string(), count: z.int().default(1) }), returns }),
      change: call("PATCH /items/:id", {
        query: z.object({ dry: z.boolean() }),
        body: z.object({ id: z.string(), name: z.string() }),
        returns,
      }),
    },
  });

/** A third party on loopback, anew for each test of the file that calls this. */
export function useShop() {
  let server: Server;
  const shop = {
    origin: "",
    seen: [] as Seen[],
    /** For each call in turn; the last one stays. */
    replies: [] as Reply[],
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };

  beforeEach(async () => {
    shop.seen = [];
    shop.replies = [reply(200, { ok: true })];
    server = createServer((request: IncomingMessage, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { method = "", url = "", headers } = request;
        const got = { method, url, headers, body: Buffer.concat(chunks).toString() };
        shop.seen.push(got);
        ((shop.replies.length > 1 ? shop.replies.shift() : shop.replies[0]) as Reply)(response, got);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    shop.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const connect = (auth: Auth = noAuth(), more: Parameters<typeof party>[1] = {}) => connectTo(party(auth, more));

  /** @param adapter named "shop", with secrets named "shop/key" and "shop/certificate" */
  const connectTo = (adapter: AnyAdapter) => {
    const around = fakeDependencies({
      secrets: { "shop/key": "arn:shop", "shop/certificate": "arn:certificate" },
      thirdParties: { shop: { baseUrl: `${shop.origin}/v1`, tokenUrl: `${shop.origin}/oauth/token` } },
    });
    const Done = event("Done", z.object({}));
    const orders = flow("orders", {
      summary: "",
      owner: "",
      imports: [Done],
      steps: { go: step({ on: Done, emits: [], uses: { store: adapter }, handler: () => [] }) },
    });
    const factory = clientFactory(around.services, { store: adapter }, validatorsOf(orders));
    const abort = new AbortController();
    const log = createLogger({ level: "debug", functionName: "fn", to: around.services.logTo });
    /** @param slots `null` where no queue holds the message */
    const bind = (delivery = "e-1", repeated = false, slots: Map<string, number> | null = new Map()): AnyClients =>
      factory({
        origin: { flow: "orders", step: "go" },
        step: "go",
        requestId: "r-1",
        correlationId: "c-1",
        delivery,
        repeated,
        log,
        limit: abort,
        unknown: new Set(),
        unreadable: new Map(),
        answers: {},
        slots: slots ?? undefined,
      });
    const clients = bind();
    const use = (operation: string, input?: unknown) => clients.store?.[operation]?.(input);
    return {
      ...around,
      abort,
      bind,
      use,
      /** The clients of another function, which shares the table. */
      another: () => {
        const other = clientFactory(
          around.services,
          { store: adapter },
          validatorsOf(orders),
        )({
          origin: { flow: "orders", step: "go" },
          step: "go",
          requestId: "r-2",
          correlationId: "c-2",
          delivery: "e-2",
          repeated: false,
          log,
          limit: abort,
          unknown: new Set(),
          unreadable: new Map(),
          answers: {},
          slots: new Map(),
        });
        return (operation: string) => other.store?.[operation]?.() ?? expect.fail(operation);
      },
      pages: (operation: string, input?: unknown) =>
        clients.store?.[operation]?.pages?.(input) ?? expect.fail(`${operation} has no pages`),
      fails: (operation: string, input?: unknown) =>
        Promise.resolve(use(operation, input)).then(
          () => expect.fail("it went well"),
          (error: Error) => error,
        ),
    };
  };

  return Object.assign(shop, { connect, connectTo });
}
