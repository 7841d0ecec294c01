import { createHash } from "node:crypto";
import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random";
import type { FlowGraph } from "../../model/index.ts";
import { DOCUMENTS, graphKey } from "../../protocol/table.ts";
import type { ChildOptions } from "../parts/customise.ts";
import { stateItem } from "../parts/state-item.ts";

/**
 * Stores a flow's graph for the ledger. A graph of another structure is a new resource and a new item; the old items stay for the requests
 * that started with them. No key is used twice, not even by an update that goes back to a former graph: the provider creates an item only
 * where there is none (`ConditionalCheckFailedException`), and an update that changes a key deletes the old item.
 * https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/dynamodb/table_item.go
 *
 * @returns the item's sort key: a hash of the graph's structure and eight random hex digits, which are drawn each time the resource is made
 */
export function storedGraph(
  name: string,
  { graph, table }: { readonly graph: FlowGraph; readonly table: Pick<aws.dynamodb.Table, "name"> },
  options: ChildOptions,
): pulumi.Output<string> {
  const structure = structureHash(graph);
  const resource = `${name}-graph-${structure}`;
  const { hex } = new RandomId(`${resource}-id`, { byteLength: 4 }, options);
  const id = hex.apply((digits) => `${structure}-${digits}`);
  const key = id.apply((sort) => graphKey(graph.flow, sort));
  const text = JSON.stringify(graph);
  stateItem(resource, { table, key, document: DOCUMENTS.graph, text }, { ...options, retainOnDelete: true });
  return id;
}

/** Summary and owner are for readers: another text is no other graph. */
const structureHash = ({ summary: _, owner: __, ...structure }: FlowGraph) =>
  createHash("sha256").update(JSON.stringify(structure)).digest("hex").slice(0, 16);
