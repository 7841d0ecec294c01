import type { ArchivedEvent, Json, ShownHub } from "../../../console/server/hub-port.ts";
import { sampleOf } from "../../../local/schema-sample.ts";
import { summaryKey } from "../../../protocol/table.ts";
import { marshalAll } from "../../../runtime/aws/items.ts";
import { itemOf, type RequestState } from "../../../runtime/functions/ledger/state.ts";
import type { Attributes, Item } from "../../../runtime/ports.ts";

export const NOW = Date.parse("2026-11-28T12:00:00.000Z");
export const at = (secondsAgo: number) => new Date(NOW - secondsAgo * 1_000).toISOString();
const TABLE = "state";

/** A summary as the ledger writes it. */
export const summary = (requestId: string, changes: Partial<RequestState> & { readonly correlationId?: string } = {}): Item => {
  const { correlationId = requestId, ...state } = changes;
  return itemOf({
    request: { requestId, correlationId, tenant: "shop", flow: "orders", graph: "g1" },
    status: "running",
    createdAt: at(60),
    lastAt: at(30),
    updatedAt: at(30),
    body: { facts: { events: [], deliveries: [], ends: [] } },
    asked: undefined,
    rev: 1,
    ...state,
  });
};

/** A hub whose table and archive a test fills. */
export function fakeHub(overrides: Partial<ShownHub> = {}) {
  const items = new Map<string, Item>();
  const archive: ArchivedEvent[] = [];
  const onWrite = new Set<Parameters<ShownHub["onWrite"]>[0]>();
  const onEvent = new Set<() => void>();
  const reads: string[] = [];
  const keyOf = ({ pk, sk }: Pick<Item, "pk" | "sk">) => `${pk} ${sk}`;
  const typed = (item: Attributes) => marshalAll(item) as unknown as Json;
  const textOf = (value: unknown) => (value as { readonly S: string }).S;
  const hub: ShownHub = {
    apiUrl: "http://127.0.0.1:1",
    sandboxUrl: "http://127.0.0.1:1",
    stack: "test",
    root: "",
    sourceOf: () => undefined,
    resources: [],
    operatorKey: "key",
    callerKey: "key",
    table: TABLE,
    now: () => NOW,
    async read(operation, input) {
      reads.push(operation);
      if (operation === "GetItem") {
        const key = input.Key as Readonly<Record<string, unknown>>;
        const item = items.get(keyOf({ pk: textOf(key.pk), sk: textOf(key.sk) }));
        return item ? { Item: typed(item) } : {};
      }
      const all = [...items.values()];
      if (operation === "Scan") return { Items: all.map(typed) };
      const values = input.ExpressionAttributeValues as Readonly<Record<string, unknown>>;
      const [pk, prefix] = [textOf(values[":pk"]), textOf(values[":prefix"])];
      return { Items: all.filter((item) => item.pk === pk && item.sk.startsWith(prefix)).map(typed) };
    },
    eventsAfter: (place, limit) => archive.filter((event) => event.place > place).slice(0, limit),
    eventAt: (place) => archive.find((event) => event.place === place)?.event,
    queue: () => undefined,
    messages: () => [],
    usedActions: () => [],
    alarms: () => [],
    live: [],
    measured: () => undefined,
    matches: () => false,
    sampleOf,
    spansOf: () => [],
    logs: async () => [],
    onLog: () => () => {},
    onWrite(listener) {
      onWrite.add(listener);
      return () => void onWrite.delete(listener);
    },
    onEvent(listener) {
      onEvent.add(listener);
      return () => void onEvent.delete(listener);
    },
    ...overrides,
  };
  return {
    hub,
    reads,
    listeners: () => onWrite.size + onEvent.size,
    /** As a PutItem of a function. */
    write(item: Item) {
      items.set(keyOf(item), item);
      for (const listener of onWrite) listener(TABLE, typed(item), undefined);
    },
    /** As a write that does not show the item. */
    touch(key: Pick<Item, "pk" | "sk">) {
      for (const listener of onWrite) listener(TABLE, undefined, typed({ pk: key.pk, sk: key.sk }));
    },
    /** A write that the console did not see. */
    unseen: (item: Item) => void items.set(keyOf(item), item),
    remove: (requestId: string) => void items.delete(keyOf(summaryKey(requestId))),
    publish(name: string, requestId: string, data: unknown, metadata: Readonly<Record<string, unknown>> = {}) {
      archive.push({
        place: archive.length + 1,
        event: {
          "detail-type": name,
          time: at(20),
          detail: {
            metadata: {
              eventId: `e${archive.length}`,
              requestId,
              flow: "orders",
              step: "trigger:in",
              causationId: "",
              occurredAt: "",
              ...metadata,
            },
            data,
          },
        },
      });
      for (const listener of onEvent) listener();
    },
  };
}
