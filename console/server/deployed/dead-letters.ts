import type { GroupsPage } from "../../../protocol/dead-letter-groups.ts";
import { OPS_ROUTES } from "../../../protocol/routes.ts";
import { groupOf } from "../../../runtime/functions/dead-letters/groups.ts";
import type { DeadLetterPage, DeadLetterRow } from "../../shared/api.ts";
import { callHub, type HubApi } from "../call-hub.ts";
import { type ApiDeadLetter, deadLetterRow } from "../ops-routes.ts";
import type { DeadLetterQuery } from "../parameters.ts";
import { Problem } from "../problem.ts";
import { sparksOf } from "../sparks.ts";

/** Most that one call of the API returns. */
const MOST_LISTED = 1_000;

interface ApiPage {
  readonly deadLetters: readonly ApiDeadLetter[];
  readonly more: boolean;
}

/** @param filter of `GET /ops/dead-letters`. @returns the newest first */
export async function deadLettersBy(
  hub: HubApi,
  filter: Readonly<Record<string, string>>,
): Promise<{ readonly rows: readonly DeadLetterRow[]; readonly more: boolean }> {
  const query = new URLSearchParams({ ...filter, limit: String(MOST_LISTED) });
  const { deadLetters, more } = (await callHub(hub, OPS_ROUTES.listDeadLetters, { query })) as ApiPage;
  return { rows: deadLetters.map(deadLetterRow), more };
}

/** @returns the filter as the API names it */
export const filterOf = ({ cause, ...others }: DeadLetterQuery): Readonly<Record<string, string>> => ({
  ...others,
  ...(cause !== undefined && { group: cause }),
});

/** Whether it asks for the dead letters of all groups. */
const isWhole = ({ flow, step, cause }: DeadLetterQuery) => flow === undefined && step === undefined && cause === undefined;
const failureOf = (row: DeadLetterRow) => ({ group: groupOf(row).id, at: row.firstAt, n: 1 });

/** Part of the newest 1,000 that match, and the groups of open ones. @throws Problem 400 beyond them */
export async function deadLetterPage(
  hub: HubApi,
  query: DeadLetterQuery,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<DeadLetterPage> {
  if (offset >= MOST_LISTED)
    throw new Problem(400, `The newest ${MOST_LISTED} are listed. Choose a cause to see others, or decide on all by a job.`);
  const [{ rows, more }, grouped] = await Promise.all([
    deadLettersBy(hub, filterOf(query)),
    query.state === "open" ? (callHub(hub, OPS_ROUTES.listGroups) as Promise<GroupsPage>) : undefined,
  ]);
  return {
    rows: rows.slice(offset, offset + limit),
    total: more ? null : rows.length,
    states: { open: grouped && !grouped.more ? grouped.counted : null, redriven: null, completed: null, discarded: null },
    groups: grouped?.groups ?? [],
    sparks: grouped && !more && isWhole(query) ? sparksOf(rows.map(failureOf), Date.now()) : null,
  };
}
