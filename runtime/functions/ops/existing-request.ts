import { summaryKey } from "../../../protocol/table.ts";
import { HttpProblem } from "../../http/problem.ts";
import type { Table } from "../../ports.ts";
import { type RequestState, stateFrom } from "../ledger/state.ts";

const REQUEST_ID = /^[A-Za-z0-9._:-]{1,512}$/;

/** @returns `undefined` for a request that the ledger does not know */
export async function stateOf(table: Pick<Table, "get">, requestId: string): Promise<RequestState | undefined> {
  const item = await table.get(summaryKey(requestId));
  return item && stateFrom(item);
}

/**
 * @param tenant that the request must belong to; `undefined`: any
 * @throws HttpProblem 400, 404
 */
export async function existingRequest(
  table: Pick<Table, "get">,
  requestId: string | undefined,
  tenant?: string,
): Promise<RequestState> {
  if (requestId === undefined || !REQUEST_ID.test(requestId))
    throw new HttpProblem(400, "Bad Request", "The request id is malformed. Use the one of the 202 response.");
  const state = await stateOf(table, requestId);
  if (!state || (tenant !== undefined && tenant !== state.request.tenant))
    throw new HttpProblem(404, "Not Found", "There is no such request, or it has not been recorded yet.", { "retry-after": "1" });
  return state;
}
