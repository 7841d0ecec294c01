/**
 * Keys, indexes and attributes of the state table that both a deployment and the functions name; docs/internals.md, "State table".
 * Each builder makes the key of one kind of item and, as `pattern`, the `dynamodb:LeadingKeys` that let a role touch such items.
 */

export const PARTITION_KEY = "pk";
export const SORT_KEY = "sk";
export type Key = Readonly<Record<typeof PARTITION_KEY | typeof SORT_KEY, string>>;

/** Attribute by which DynamoDB deletes items, epoch seconds. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html */
export const EXPIRES_AT = "expiresAt";
/** @returns the attribute of an item that is deleted `lifeSeconds` after `fromMs`, ms since the epoch */
export const expiry = (fromMs: number, lifeSeconds: number): Readonly<Record<typeof EXPIRES_AT, number>> => ({
  [EXPIRES_AT]: Math.floor(fromMs / 1_000) + lifeSeconds,
});

/** Name, partition key and sort key of each index; items without both keys are not in it. */
export const INDEXES = {
  byTenant: { name: "byTenant", partition: "listedIn", sort: "listedAt" },
  byCorrelation: { name: "byCorrelation", partition: "correlatedIn", sort: "listedAt" },
  deadLetters: { name: "deadLetters", partition: "letterBucket", sort: "letterAt" },
  /** Open dead letters and open joins with a deadline, by the time at which the sweeper has to look at each; keys only. */
  dueDeadLetters: { name: "dueDeadLetters", partition: "dueIn", sort: "dueAt" },
} as const;
export type IndexName = keyof typeof INDEXES;
/** Indexes of request summaries. */
export type ListIndexName = Exclude<IndexName, "deadLetters" | "dueDeadLetters">;
/** Keys of a summary in these; it is not in an index whose partition it lacks. */
export type ListKeys = Readonly<
  Record<(typeof INDEXES)["byTenant"]["partition" | "sort"], string> &
    Partial<Record<(typeof INDEXES)["byCorrelation"]["partition"], string>>
>;

/** What these indexes hold of a summary: what a list shows, and the tenant. Each write of a summary pays for it. */
export const LISTED = ["requestId", "correlationId", "tenant", "flow", "status", "createdAt", "updatedAt"] as const;
/** Attributes that each index holds beside the keys. */
export const PROJECTED: Readonly<Record<IndexName, readonly string[] | "all">> = {
  byTenant: LISTED,
  byCorrelation: LISTED,
  deadLetters: "all",
  dueDeadLetters: [],
};

/** Attributes in which a deployment leaves JSON for the functions. */
export const DOCUMENTS = { graph: "graph", targets: "targets", auth: "auth", schemas: "schemas" } as const;

/** All but the last. */
type Leading<Parts extends readonly string[]> = Parts extends readonly [...infer Head extends readonly string[], string]
  ? Partial<Head>
  : readonly [];
export interface KeyBuilder<Parts extends readonly string[]> {
  (...parts: Parts): Key;
  readonly prefix: string;
  /**
   * @returns a pattern of the partition keys that start with these parts
   * @throws RangeError when a part would let the pattern match the keys of others
   */
  readonly pattern: (...leading: Leading<Parts>) => string;
}

function item<Parts extends readonly string[]>(prefix: string, sort: string): KeyBuilder<Parts> {
  const key = (...parts: Parts): Key => ({ pk: [prefix, ...parts].join("#"), sk: sort });
  const pattern = (...leading: Leading<Parts>) => [prefix, ...(leading as readonly string[]).map(literal), "*"].join("#");
  return Object.assign(key, { prefix, pattern });
}

/** IAM can't escape its wildcards. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html */
function literal(part: string): string {
  if (/[#*?$]/.test(part)) throw new RangeError(`"${part}" can't be part of a pattern of keys. Leave out #, *, ? and $.`);
  return part;
}

const RECORD = "record";

/** A step's record of one delivery. Flow and step by their first names. */
export const deliveryKey = item<[flow: string, step: string, delivery: string]>("delivery", RECORD);

/** A piece of a delivery's result, in the partition of its record. @param owner the attempt that wrote it @param piece 0 to 999 */
export const deliveryPieceKey = ({ pk }: Pick<Key, "pk">, owner: string, piece: number): Key => ({
  pk,
  sk: `result#${owner}#${String(piece).padStart(3, "0")}`,
});

/** Parts of a join. Flow and step by their first names. @param group made by `joinGroup` */
export const joinKey = item<[flow: string, step: string, group: string]>("join", RECORD);
/** A key's parts are joined again and again: the record of each set of parts but the first. @param generation 0 for the first set */
export const joinGenerationKey = (first: Key, generation: number): Key =>
  generation === 0 ? first : { ...first, sk: `${RECORD}#${generation}` };
/** Which events a counted join took. */
export const joinOutcomeKey = ({ pk }: Key): Key => ({ pk, sk: "outcome" });
/** Says to which set of parts an event belongs, written when the next set begins; or holds an event of a counted join. */
export const joinPartKey = ({ pk }: Key, eventId: string): Key => ({ pk, sk: `part#${eventId}` });
/** What the parts of one join have in common. */
export const joinGroup = {
  request: (requestId: string) => `request#${requestId}`,
  /** @param tenant `""` for a join across tenants */
  value: (tenant: string, value: string) => `key#${tenant}#${value}`,
} as const;

/** Lease of a key that one delivery at a time may hold. Flow and step by their first names. @param group made by `serialGroup` */
export const serialKey = item<[flow: string, step: string, group: string]>("serial", RECORD);
/** @param tenant `""` for a key across tenants */
export const serialGroup = (tenant: string, value: string): string => `${tenant}#${value}`;

/** Rate limit of a third party. */
export const rateKey = item<[adapter: string]>("third-party", "rate");
/** Access token of a third party, encrypted, and the lease of the function that renews it. */
export const tokenKey = item<[adapter: string]>("third-party", "token");
/** Circuit breaker of a third party. */
export const breakerKey = item<[adapter: string]>("third-party", "breaker");

/** Summary of a request. */
export const summaryKey = item<[requestId: string]>("request", "summary");
const KEYED = "key#";
/**
 * Leads from the value of a business key to a request. Ids of requests hold no #.
 * @param group of the request's tenant @param position of the request in lists
 */
export const businessKey = Object.assign(
  (value: string, group: string, position: string): Key => ({
    pk: summaryKey(KEYED + value).pk,
    sk: `${KEYED}${group}#${position}`,
  }),
  {
    /** @returns the partition of a value, and the begin of the sort keys there of one group. @default all groups */
    begin: (value: string, group?: string): Key => ({
      pk: summaryKey(KEYED + value).pk,
      sk: group === undefined ? KEYED : `${KEYED}${group}#`,
    }),
  },
);
export const AGAIN = "again#";
/** Says that a request was run again. @param by id of the request that did */
export const againKey = (requestId: string, by: string): Key => ({ ...summaryKey(requestId), sk: `${AGAIN}${by}` });
export const CHILD = "child#";
/** Says that an event of a request opened another one in a flow that imports it. @param child id of that request */
export const childKey = (requestId: string, child: string): Key => ({ ...summaryKey(requestId), sk: `${CHILD}${child}` });
/** The first event of a request, from which the request can be run again; not in the partition of its summary, which callers may read. */
export const inputKey = item<[requestId: string]>("input", RECORD);
/** Schemas of an event that a trigger publishes (protocol/run-again.ts). @param event its name on the bus */
export const schemasKey = item<[flow: string, trigger: string, event: string]>("schemas", RECORD);
/** Facts of a request that are kept one by one, in the partition of its summary. */
export const WORK = "work#";
/** A delivery with its compensation. @param step its name in the request's graph */
export const workKey = (requestId: string, step: string, delivery: string): Key => ({
  ...summaryKey(requestId),
  sk: `${WORK}${step}#${delivery}`,
});
export const UNDO = "undo#";
/** A finished delivery that has an effect to compensate. @param finishedAt ISO 8601: the last one is compensated first */
export const undoKey = (requestId: string, finishedAt: string, step: string, delivery: string): Key => ({
  ...summaryKey(requestId),
  sk: `${UNDO}${finishedAt}#${step}#${delivery}`,
});
/** A delivery's fact as earlier versions of the ledger stored it. */
export const formerFactKey = (requestId: string, step: string, delivery: string): Key => ({
  ...summaryKey(requestId),
  sk: `delivery#${step}#${delivery}`,
});

/** Record of a dead letter. */
export const deadLetterKey = item<[id: string]>("dead-letter", RECORD);
const MESSAGE = "message#";
/** A piece of its message. @param piece 0 to 999 */
export const messageKey = (id: string, piece: number): Key => ({
  ...deadLetterKey(id),
  sk: `${MESSAGE}${String(piece).padStart(3, "0")}`,
});
/** A piece of a message as an operator edited it; the original stays. @param edit id of the edit @param piece 0 to 999 */
export const editKey = (id: string, edit: string, piece: number): Key => ({
  ...deadLetterKey(id),
  sk: `edit#${edit}#${String(piece).padStart(3, "0")}`,
});
export const isMessage = ({ sk }: Key): boolean => sk.startsWith(MESSAGE);
/** Index partition of the dead letters that wait for a decision. */
export const openBucket = (shard: number): string => `open#${shard}`;
/** Partition of the index of due dead letters. */
export const dueBucket = (shard: number): string => `due#${shard}`;
/** The same of joins with a deadline: several, since each takes 1,000 writes a second. */
export const DUE_JOINS: readonly string[] = Array.from({ length: 8 }, (_, shard) => `due-join#${shard}`);
/** Place in it. @param at ISO 8601 */
export const duePosition = (at: string, id: string): string => `${at}#${id}`;
/** Where the sweeper's reading of all open dead letters has come to. */
export const sweepKey: Key = { ...deadLetterKey("sweeper"), sk: "place" };
/** Index partition of those that were closed. @param at ISO 8601; its day counts */
export const dayBucket = (at: string): string => `day#${at.slice(0, 10)}`;

/** Partition of jobs, which decide on many dead letters or requests; one item a job, by its id, which begins with the time. */
export const JOBS = "jobs";
export const JOB = "job-";
export const jobKey = (id: string): Key => ({ pk: JOBS, sk: id });
/** Ids of requests that a job decides on, in pieces. */
export const jobChoiceKey = (id: string, piece: number): Key => ({
  pk: JOBS,
  sk: `choice#${id}#${String(piece).padStart(3, "0")}`,
});

/** Partition of what operators noted about groups of dead letters; one item a group, by its id. */
export const GROUPS = "dead-letter-groups";
export const groupKey = (id: string): Key => ({ pk: GROUPS, sk: id });

const audits = item<[day: string]>("audit", "");
/** What an operator did. @param at ISO 8601; its day (UTC) is the partition */
export const auditKey = Object.assign((at: string, id: string): Key => ({ ...audits(at.slice(0, 10)), sk: `${at}#${id}` }), {
  prefix: audits.prefix,
  pattern: audits.pattern,
});

/** Partition of what the recorder has to know of each flow (protocol/dead-letter.ts); one item a flow. */
export const TARGETS = "targets";
export const targetsKey = (flow: string): Key => ({ pk: TARGETS, sk: flow });

/** How the callers of a route are authenticated. @param route such as `POST /orders` */
export const routeKey = item<[route: string]>("route", "auth");

/** What operators hold: third parties, steps, flows; one item, which every step reads. */
export const holdsKey: Key = { pk: "holds", sk: RECORD };

/** Says that a request is cancelled: a step looks before each attempt. */
export const cancelledKey = item<[requestId: string]>("cancelled", RECORD);

/** Until when a flow with `admission` refuses requests. Flow by its first name. */
export const admissionKey = item<[flow: string]>("admission", RECORD);

/** Mark of a webhook's delivery. Flow by its first name. */
export const webhookKey = item<[flow: string, trigger: string, requestId: string]>("webhook", RECORD);

/** Cursor and lease of a poll. Flow by its first name. */
export const pollKey = item<[flow: string, trigger: string]>("poll", RECORD);

const graphs = item<[flow: string]>("graph", "");
/** One version of a flow's graph. @param id see `HUB_GRAPH` */
export const graphKey = Object.assign((flow: string, id: string): Key => ({ ...graphs(flow), sk: id }), {
  prefix: graphs.prefix,
  pattern: graphs.pattern,
});
