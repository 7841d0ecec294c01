/** What a dead letter holds before anything was decided on it. */
export const UNDECIDED = {
  times: 1,
  messages: [],
  autoRedrives: 0,
  redriveAt: "",
  closedAt: "",
  closedBy: "",
  reason: "",
  chunks: 1,
  version: 0,
} as const;
