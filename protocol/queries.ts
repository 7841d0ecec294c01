/** A request id in a path: the gateway's, followed by the names of the flows that the request continued in. */
export const REQUEST_ID = /^[A-Za-z0-9._:-]{1,512}$/;
/** An id of a dead letter, or of a group of them. */
export const DEAD_LETTER_ID = /^[0-9a-f]{16}$/;

/** Query parameters of `GET /requests`: the gateway declares them, the status function reads them. */
export const LIST_PARAMETERS = ["flow", "status", "correlationId", "key", "from", "to", "limit", "cursor"] as const;

/** Filters of dead letters: query parameters of `GET /ops/dead-letters`, and `filter` of redrive and discard. */
export const DEAD_LETTER_FILTERS = [
  "state",
  "flow",
  "step",
  "requestId",
  "correlationId",
  "error",
  "group",
  "from",
  "to",
] as const;
/** Query parameters of `GET /ops/dead-letters`. */
export const DEAD_LETTER_PARAMETERS = [...DEAD_LETTER_FILTERS, "limit"] as const;

/** Query parameters of `GET /ops/audit`. */
export const AUDIT_PARAMETERS = ["by", "verb", "from", "to", "limit"] as const;

/** Names of replays start so: the role of the ops function may start and read no others. */
export const REPLAY_PREFIX = "hub-";
