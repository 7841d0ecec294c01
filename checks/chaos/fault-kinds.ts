/** Probability of each kind of fault per opportunity. The runner itself causes `hub-killed`. */
export const SHARES = {
  "third-party-fails": 0.05,
  "third-party-hangs": 0.01,
  "third-party-rate-limits": 0.03,
  "third-party-answers-after-timeout": 0.01,
  "killed-before-effect": 0.01,
  "killed-between-effect-and-publish": 0.01,
  "killed-after-publish": 0.01,
  "event-duplicated": 0.05,
  "event-delayed": 0.04,
  "event-reordered": 0.08,
  "message-handed-out-twice": 0.02,
  "put-events-throttled": 0.03,
  "put-events-entries-failed": 0.03,
  "dynamodb-throttled": 0.01,
  "hot-item-throttled": 0.04,
  "batch-killed-by-one": 0.01,
  "recorder-fails": 0.2,
  "hub-killed": 1,
} as const;
export type FaultKind = keyof typeof SHARES;
export const KINDS = Object.keys(SHARES) as FaultKind[];
