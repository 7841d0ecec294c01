import type { Store } from "../../emulator/store.ts";
import { type RecordedResource, textOf } from "../recording.ts";
import type { Emulators } from "./kind.ts";

type Item = Readonly<Record<string, unknown>>;
interface TableItem {
  readonly TableName: string;
  readonly Item: Item;
  readonly Key: Item;
}

/** Name of the table, item and key that a recorded TableItem declares. */
export function tableItemOf(resource: RecordedResource): TableItem {
  const Item = JSON.parse(textOf(resource, "item")) as Item;
  const names = [resource.inputs.hashKey, resource.inputs.rangeKey].filter((name) => typeof name === "string");
  return { TableName: textOf(resource, "tableName"), Item, Key: Object.fromEntries(names.map((name) => [name, Item[name]])) };
}

/**
 * Deletes the items that the program no longer declares, also those that an earlier process made: when a resource goes or its key changes, the
 * provider deletes the item, unless the resource is retained.
 * https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/dynamodb/table_item.go
 */
export async function settleItems(recorded: readonly RecordedResource[], { store, tables }: Emulators): Promise<void> {
  const known = knownItems(store);
  const declared = new Map(
    recorded.map((resource) => [placeOf(tableItemOf(resource)), resource.options?.retainOnDelete ?? false] as const),
  );
  store.transaction(() => {
    for (const [place, retained] of declared) known.write(place, retained);
  });
  for (const { place, retained } of known.all()) {
    if (declared.has(place)) continue;
    if (!retained) await tables.administer("DeleteItem", JSON.parse(place) as Item);
    known.forget(place);
  }
}

const placeOf = ({ TableName, Key }: TableItem) => JSON.stringify({ TableName, Key });

function knownItems(store: Store) {
  store.sql("CREATE TABLE IF NOT EXISTS deployedItems (place TEXT PRIMARY KEY, retained INTEGER NOT NULL) STRICT").run();
  return {
    all: () => store.sql("SELECT place, retained FROM deployedItems").all() as { place: string; retained: number }[],
    write: (place: string, retained: boolean) =>
      store
        .sql("INSERT INTO deployedItems VALUES (?, ?) ON CONFLICT DO UPDATE SET retained = excluded.retained")
        .run(place, Number(retained)),
    forget: (place: string) => store.sql("DELETE FROM deployedItems WHERE place = ?").run(place),
  };
}
