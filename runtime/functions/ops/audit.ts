import { randomUUID } from "node:crypto";
import type { AuditEntry, AuditState } from "../../../protocol/audit.ts";
import { auditKey, expiry } from "../../../protocol/table.ts";
import type { Operator } from "../../http/request.ts";
import { masked, maskedText } from "../../mask.ts";
import { type Clock, compare, type Item, isNew, type Table, type Value } from "../../ports.ts";

/** Life of an entry. */
const LIFE_SECONDS = 400 * 86_400;
const DAY_MS = 86_400_000;
/** A call reads the entries of so many days at most. */
export const MOST_DAYS = 31;
/** Longest outcome that is kept, in characters. */
const LONGEST_OUTCOME = 2_000;

/** What an operator is about to do. */
interface Intent extends Pick<AuditEntry, "verb" | "about" | "why"> {
  readonly operator: Operator;
}
interface AuditFilter {
  readonly by?: string;
  readonly verb?: string;
  /** ISO 8601: begun at this time or later; `to`: before this time. */
  readonly from: string;
  readonly to: string;
}

/** The trail of what operators do. Nothing deletes an entry before its time, and its state changes once. */
export interface Audit {
  /** @returns a function that records the outcome. @throws when the entry can't be written: then nothing may be done */
  begin(intent: Intent): Promise<(state: Exclude<AuditState, "begun">, outcome: string) => Promise<void>>;
  /** @returns entries, the newest first */
  find(filter: AuditFilter, limit: number): Promise<{ readonly entries: readonly AuditEntry[]; readonly more: boolean }>;
}

export function auditTrail({ table, clock }: { readonly table: Table; readonly clock: Clock }): Audit {
  const iso = () => new Date(clock.now()).toISOString();
  return {
    async begin({ operator: { name, role, subject = "" }, verb, about, why }) {
      const [at, id] = [iso(), randomUUID()];
      const key = auditKey(at, id);
      const entry = {
        ...{ id, at, by: name, role, subject, verb },
        about: masked(about) as Value,
        why: maskedText(why),
        ...{ state: "begun", outcome: "", endedAt: "" },
      };
      if (!(await table.put({ ...key, ...entry, ...expiry(clock.now(), LIFE_SECONDS) }, isNew)))
        throw new Error("the id of an audit entry was taken");
      return async (state, outcome) => {
        const set = { state, outcome: maskedText(outcome).slice(0, LONGEST_OUTCOME), endedAt: iso() };
        await table.write(key, { set }, compare("state", "=", "begun"));
      };
    },

    async find({ by, verb, from, to }, limit) {
      const entries: AuditEntry[] = [];
      const fits = (entry: AuditEntry) =>
        entry.at >= from && entry.at < to && (by === undefined || entry.by === by) && (verb === undefined || entry.verb === verb);
      for (let day = Date.parse(to); dayOf(day) >= from.slice(0, 10) && entries.length <= limit; day -= DAY_MS) {
        const items = await table.query(auditKey(new Date(day).toISOString(), "").pk);
        entries.push(...items.map(entryFrom).filter(fits).toReversed());
      }
      return { entries: entries.slice(0, limit), more: entries.length > limit };
    },
  };
}

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

const entryFrom = ({ id, at, by, role, subject, verb, about, why, state, outcome, endedAt }: Item): AuditEntry =>
  ({ id, at, by, role, subject, verb, about, why, state, outcome, endedAt }) as unknown as AuditEntry;
