import type { FlowGraph } from "../../../model/graph.ts";
import { DOCUMENTS, graphKey } from "../../../protocol/table.ts";
import { RetryableError } from "../../errors.ts";
import type { Table } from "../../ports.ts";

/**
 * Reads graphs, each once.
 * @returns a function that throws RetryableError `GRAPH_UNKNOWN` when the graph is not in the table (yet)
 */
export function graphStore(
  table: Pick<Table, "get">,
): (request: { readonly flow: string; readonly graph: string }) => Promise<FlowGraph> {
  const graphs = new Map<string, FlowGraph>();
  return async ({ flow, graph }) => {
    const key = graphKey(flow, graph);
    const id = `${key.pk}/${key.sk}`;
    const known = graphs.get(id);
    if (known) return known;
    const text = (await table.get(key))?.[DOCUMENTS.graph];
    if (typeof text !== "string") {
      throw new RetryableError(
        "GRAPH_UNKNOWN",
        `the table holds no graph ${graph} of the flow ${flow}. It is read again; deploy the flow if it stays missing.`,
      );
    }
    const found = JSON.parse(text) as FlowGraph;
    graphs.set(id, found); // content-addressed, so it never changes
    return found;
  };
}
