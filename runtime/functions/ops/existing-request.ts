import { summaryKey } from "../../../protocol/table.ts";
import { assertRequestId, unknownRequest } from "../../http/request.ts";
import type { Table } from "../../ports.ts";
import { type RequestState, stateFrom } from "../ledger/state.ts";

/** @returns `undefined` for a request that the ledger does not know */
export async function stateOf(table: Pick<Table, "get">, requestId: string): Promise<RequestState | undefined> {
  const item = await table.get(summaryKey(requestId));
  return item && stateFrom(item);
}

/**
 * @param tenant that the request must belong to; `undefined`: any
 * @throws HttpProblem 400, 404
 */
export async function existingRequest(table: Pick<Table, "get">, requestId = "", tenant?: string): Promise<RequestState> {
  assertRequestId(requestId);
  const state = await stateOf(table, requestId);
  if (!state || (tenant !== undefined && tenant !== state.request.tenant)) throw unknownRequest();
  return state;
}
