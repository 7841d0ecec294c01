import {
  type GroupsPage,
  LONGEST_NOTE,
  LONGEST_OWNER,
  MOST_GROUPED,
  type OpenGroup,
} from "../../../protocol/dead-letter-groups.ts";
import type { OpsOperation } from "../../../protocol/routes.ts";
import { GROUPS, groupKey } from "../../../protocol/table.ts";
import type { OpsEnvironment } from "../../environment.ts";
import { badRequest, HttpProblem, json } from "../../http/problem.ts";
import { pathParameterOf } from "../../http/request.ts";
import type { Logger } from "../../logging/logger.ts";
import { maskedText } from "../../mask.ts";
import type { Services } from "../../services.ts";
import { deadLetterStore } from "../dead-letters/dead-letter-store.ts";
import { groupOf, notesIn, writeNote } from "../dead-letters/groups.ts";
import { bodyOf, isId, optionalReasonOf } from "./request.ts";
import type { Operation } from "./route.ts";

/** Groups of open dead letters by their cause, with what operators noted about each. */
export function groupOperations(services: Services<OpsEnvironment>, log: Logger) {
  const { table, clock } = services;
  const store = deadLetterStore(table);

  async function openGroups(): Promise<GroupsPage> {
    const [{ deadLetters, next }, items] = await Promise.all([
      store.find({ state: "open" }, MOST_GROUPED, clock.now()),
      table.query(GROUPS),
    ]);
    const notes = notesIn(items);
    const members = Map.groupBy(deadLetters, (deadLetter) => groupOf(deadLetter).id);
    const groups = [...members].flatMap(([id, [newest, ...others]]): OpenGroup[] => {
      if (!newest) return [];
      const firstAt = [newest, ...others].map((one) => one.firstAt).sort()[0] ?? newest.firstAt;
      return [{ ...groupOf(newest), count: others.length + 1, firstAt, at: newest.at, noted: notes.get(id) ?? null }];
    });
    return { groups, counted: deadLetters.length, more: next !== undefined };
  }

  return {
    listGroups: { read: async () => json(200, await openGroups()) },
    noteGroup: {
      change: async (event) => {
        const id = pathParameterOf(event, "id") ?? "";
        const known = isId(id) && ((await table.get(groupKey(id))) ?? (await hasOpen(id)));
        if (!known) throw new HttpProblem(404, "Not Found", "There is no such group of open dead letters.");
        const body = bodyOf(event.body, ["note", "owner", "reason"]);
        const [note, owner] = [textOf(body, "note", LONGEST_NOTE), textOf(body, "owner", LONGEST_OWNER)];
        if (note === undefined && owner === undefined) throw badRequest('Give note, owner or both; "" takes one away.');
        return {
          about: { group: id, ...(note !== undefined && { note }), ...(owner !== undefined && { owner }) },
          why: optionalReasonOf(event.body),
          act: async ({ name: by }) => {
            const noted = await writeNote(services, id, { note, owner, by });
            log.info("group of dead letters noted", { operator: by, group: id });
            return { response: json(200, { id, noted }), outcome: "noted" };
          },
        };
      },
    },
  } satisfies Partial<Record<OpsOperation, Operation>>;

  async function hasOpen(group: string): Promise<boolean> {
    return (await store.find({ state: "open", group }, 1, clock.now())).deadLetters.length > 0;
  }
}

/** @throws HttpProblem 400 */
function textOf(body: Readonly<Record<string, unknown>>, name: string, longest: number): string | undefined {
  const value = body[name];
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value.length > longest)
    throw badRequest(`${name} is not a text of at most ${longest} characters.`);
  return maskedText(value.trim());
}
