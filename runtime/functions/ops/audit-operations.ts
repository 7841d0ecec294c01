import { AUDIT_PARAMETERS } from "../../../protocol/queries.ts";
import type { OpsOperation } from "../../../protocol/routes.ts";
import { badRequest, json } from "../../http/problem.ts";
import type { Clock } from "../../ports.ts";
import { type Audit, MOST_DAYS } from "./audit.ts";
import { checkWindow, filterText, limitOf, timeOf } from "./request.ts";
import type { Operation } from "./route.ts";

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 7;
const DEFAULT_PAGE = 100;

export function auditOperations(audit: Audit, { clock }: { readonly clock: Clock }) {
  return {
    audit: {
      read: async ({ queryStringParameters }) => {
        const given = queryStringParameters ?? {};
        const unknown = Object.keys(given).find((name) => !(AUDIT_PARAMETERS as readonly string[]).includes(name));
        if (unknown !== undefined)
          throw badRequest(`Unknown parameter ${unknown.slice(0, 64)}. Use ${AUDIT_PARAMETERS.join(", ")}.`);
        // The end is exclusive, and what was just done belongs to the list.
        const to = given.to === undefined ? new Date(clock.now() + 1).toISOString() : timeOf("to", given.to);
        const from =
          given.from === undefined ? new Date(Date.parse(to) - DEFAULT_DAYS * DAY_MS).toISOString() : timeOf("from", given.from);
        checkWindow(from, to);
        if (Date.parse(to) - Date.parse(from) > MOST_DAYS * DAY_MS)
          throw badRequest(`from and to are more than ${MOST_DAYS} days apart. Ask for less at once.`);
        const limit = limitOf(given.limit, DEFAULT_PAGE);
        const texts = (["by", "verb"] as const).filter((name) => given[name] !== undefined);
        const filter = { from, to, ...Object.fromEntries(texts.map((name) => [name, filterText(name, given[name])])) };
        const { entries, more } = await audit.find(filter, limit);
        const last = entries.at(-1)?.at;
        // Those of the last millisecond come again.
        return json(200, { entries, more, ...(more && last && { next: new Date(Date.parse(last) + 1).toISOString() }) });
      },
    },
  } satisfies Partial<Record<OpsOperation, Operation>>;
}
