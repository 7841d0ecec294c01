import type { ArchivedEvent, Json, ShownHub } from "../../console/server/hub-port.ts";
import { REQUEST_STATUSES } from "../../model/ledger/request-status.ts";
import { triggerStep } from "../../protocol/first-event.ts";
import { deadLetterKey, graphKey, summaryKey } from "../../protocol/table.ts";
import { marshalAll } from "../../runtime/aws/items.ts";
import { itemOf } from "../../runtime/functions/ledger/state.ts";
import type { Attributes, Item } from "../../runtime/ports.ts";

const FLOWS = ["order-to-erp", "order-fulfilment", "payment-notifications", "freight-quote"];
const ERRORS = ["THIRD_PARTY_REFUSED", "THIRD_PARTY_UNAVAILABLE", "CIRCUIT_OPEN", "INVALID_OUTPUT"];
const NOW = Date.parse("2026-11-28T12:00:00.000Z");
const DELIVERIES = 500;
export const LARGE = "large-request";

const at = (ms: number) => new Date(NOW - ms).toISOString();
const typed = (item: Attributes): Json => marshalAll(item) as unknown as Json;
/** A request every three seconds, most of them completed. */
const statusOf = (n: number) => (n % 10 < 8 ? "completed" : (REQUEST_STATUSES[n % REQUEST_STATUSES.length] ?? "completed"));

/** A hub with this many requests and one of 500 deliveries, without the AWS services that it would take to make them. */
export function generatedHub(requests: number): ShownHub & { write(n: number): void } {
  const listeners = new Set<Parameters<ShownHub["onWrite"]>[0]>();
  const graph = {
    flow: "order-to-erp",
    summary: "",
    owner: "",
    triggers: [{ name: "orders", kind: "api", route: "POST /orders", emits: "Requested" }],
    events: [
      { name: "Requested", version: 1, imported: false },
      { name: "Done", version: 1, imported: false },
    ],
    steps: [{ name: "register", on: { kind: "event", event: "Requested" }, emits: ["Done"], uses: ["erp"], compensates: false }],
    adapters: [{ name: "erp", operations: [] }],
  };
  const summaryOf = (n: number, rev = 1) =>
    itemOf({
      request: {
        requestId: `${n.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`,
        correlationId: `batch-${n % 5_000}`,
        tenant: `tenant-${n % 20}`,
        flow: FLOWS[n % FLOWS.length] ?? "",
        graph: "g1",
      },
      status: statusOf(n),
      createdAt: at((requests - n) * 3_000),
      lastAt: at((requests - n) * 3_000 - 900),
      updatedAt: at((requests - n) * 3_000 - 900),
      body: { facts: { events: [], deliveries: [], ends: statusOf(n) === "completed" ? [] : [endOf(n)] } },
      asked: undefined,
      rev,
    });
  const endOf = (n: number) => ({
    step: "register",
    delivery: `d${n}`,
    why: "terminal" as const,
    error: { code: ERRORS[n % ERRORS.length] ?? "", message: `erp answered 422 to order A-${n}` },
    occurredAt: at((requests - n) * 3_000),
  });
  const large = {
    ...itemOf({
      request: { requestId: LARGE, correlationId: LARGE, tenant: "tenant-1", flow: "order-to-erp", graph: "g1" },
      status: "completed",
      createdAt: at(90_000),
      lastAt: at(1_000),
      updatedAt: at(1_000),
      body: {
        facts: {
          events: [],
          deliveries: Array.from({ length: DELIVERIES }, (_, n) => ({
            step: "register",
            delivery: `d${n}`,
            causes: [`e${n}`],
            status: "succeeded" as const,
            attempts: 1,
            startedAt: at(80_000 - n * 100),
            finishedAt: at(79_950 - n * 100),
            emitted: [{ name: "Done", eventId: `x${n}` }],
          })),
          ends: [],
        },
      },
      asked: undefined,
      rev: 1,
    }),
  };
  const items = new Map<string, Item>([
    [summaryKey(LARGE).pk, large],
    [graphKey("order-to-erp", "g1").pk, { ...graphKey("order-to-erp", "g1"), graph: JSON.stringify(graph) }],
  ]);
  const textOf = (value: unknown) => (value as { readonly S: string }).S;
  const page = (from: number): Json => {
    const to = Math.min(requests, from + 500);
    const Items = Array.from({ length: to - from }, (_, i) => typed(summaryOf(from + i)));
    return to < requests ? { Items, LastEvaluatedKey: to } : { Items: [...Items, typed(large), ...deadLetters().map(typed)] };
  };
  const event = (place: number): ArchivedEvent => ({
    place,
    event: {
      "detail-type": "Requested",
      time: at((requests - place) * 3_000),
      detail: {
        metadata: {
          eventId: `e${place}`,
          requestId: `${place.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`,
          flow: "order-to-erp",
          step: triggerStep("orders"),
          causationId: "",
          occurredAt: "",
        },
        data: { orderId: `A-${place}` },
      },
    },
  });
  return {
    apiUrl: "http://127.0.0.1:1",
    sandboxUrl: "http://127.0.0.1:1",
    stack: "bench",
    root: "",
    sourceOf: () => undefined,
    resources: [],
    operatorKey: undefined,
    callerKey: undefined,
    table: "state",
    now: () => NOW,
    async read(operation, input) {
      if (operation === "Scan") return page(Number(input.ExclusiveStartKey ?? 0));
      if (operation === "Query") return { Items: [] };
      const item = items.get(textOf((input.Key as Json).pk));
      return item ? { Item: typed(item) } : {};
    },
    eventsAfter: (place, limit) =>
      Array.from({ length: Math.max(0, Math.min(limit, requests - 1 - place)) }, (_, i) => event(place + 1 + i)),
    eventAt: (place) => event(place).event,
    queue: () => undefined,
    messages: () => [],
    usedActions: () => [],
    alarms: () => [],
    live: [],
    measured: () => undefined,
    matches: () => false,
    sampleOf: () => ({}),
    spansOf: () => [],
    logs: async () => [],
    onLog: () => () => {},
    onWrite(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onEvent: () => () => {},
    /** As the ledger writes a request once more. */
    write(n) {
      for (const listener of listeners) listener("state", typed(summaryOf(n, 2)), undefined);
    },
  };
}

const deadLetters = (): readonly Item[] =>
  Array.from({ length: 2_000 }, (_, n) => ({
    ...deadLetterKey(n.toString(16).padStart(16, "0")),
    version: 1,
    letter: JSON.stringify({
      id: n.toString(16).padStart(16, "0"),
      state: "open",
      flow: FLOWS[n % 2],
      step: "register",
      shape: "runtime",
      errorCode: ERRORS[n % ERRORS.length],
      errorMessage: `erp answered 422 to order A-${n}`,
      attempts: 3,
      cause: null,
      at: at(n * 1_000),
      firstAt: at(n * 2_000),
      times: 1,
      version: 1,
    }),
  }));
