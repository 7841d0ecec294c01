import type { Grant } from "./grants.ts";

interface Explanation {
  readonly covers: (grant: Grant) => boolean;
  /** Why no local call needs the grant, one sentence. */
  readonly reason: string;
}

const ofManyFacts = ["dynamodb:Query", "dynamodb:DeleteItem"];

/** Grants for actions that do not happen on one machine, or with no sample flow. A call must need every other grant. */
const EXPLAINED: readonly Explanation[] = [
  {
    covers: ({ holder }) => holder === "hub-gateway-logs-role",
    reason: "API Gateway writes its logs with it. AWS prescribes the list (set-up-logging.html); the local access log is a file.",
  },
  {
    covers: ({ action }) => action === "xray:PutTraceSegments" || action === "xray:PutTelemetryRecords",
    reason: "Lambda's tracing daemon sends traces; the local hub collects none.",
  },
  {
    covers: ({ sid, action }) => sid === "Network" && action.startsWith("ec2:"),
    reason: "Lambda attaches the function to a VPC with it; the local hub has no VPC.",
  },
  {
    covers: ({ action }) => action === "logs:CreateLogStream",
    reason: "Lambda creates a log stream for each execution environment; a local log is a file.",
  },
  {
    covers: ({ holder, sid, action }) => holder === "hub-ledger" && sid === "Requests" && ofManyFacts.includes(action),
    reason:
      "Requests of many facts, or begun under an earlier version, have items beside their summary; no sample flow makes one.",
  },
  {
    covers: ({ holder, sid }) => holder === "hub-ledger" && sid === "Inputs",
    reason:
      "What DynamoDB throttles it leaves out of a call for many items, and it is put by itself; the local table does not throttle.",
  },
  {
    covers: ({ holder, sid }) => holder === "hub-ops" && sid === "Polls",
    reason: "The status shows cursor and last run of each poll with it; no sample flow has a poll.",
  },
];

/** @returns why no local call needs the grant; `undefined` when a call must need it */
export const explanationOf = (grant: Grant): string | undefined => EXPLAINED.find(({ covers }) => covers(grant))?.reason;
