import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type DOCUMENTS, type Key, PARTITION_KEY, SORT_KEY } from "../../protocol/table.ts";
import type { ChildOptions } from "./customise.ts";

interface StateItemArgs {
  readonly table: Pick<aws.dynamodb.Table, "name">;
  readonly key: pulumi.Input<Key>;
  /** Attribute that holds the text. */
  readonly document: (typeof DOCUMENTS)[keyof typeof DOCUMENTS];
  readonly text: pulumi.Input<string>;
}

/** An item of the state table that a deployment leaves for the functions. */
export const stateItem = (
  name: string,
  { table, key, document, text }: StateItemArgs,
  options: ChildOptions,
): aws.dynamodb.TableItem =>
  new aws.dynamodb.TableItem(
    name,
    {
      tableName: table.name,
      hashKey: PARTITION_KEY,
      rangeKey: SORT_KEY,
      item: pulumi.all([key, text]).apply(([at, content]) =>
        JSON.stringify({
          [PARTITION_KEY]: { S: at[PARTITION_KEY] },
          [SORT_KEY]: { S: at[SORT_KEY] },
          [document]: { S: content },
        }),
      ),
    },
    options,
  );
