import type { Grant } from "./grants.ts";

interface Explained {
  readonly of: (grant: Grant) => boolean;
  /** Why no call on one machine shows it, one sentence. */
  readonly why: string;
}

/** What is granted for things that do not happen on one machine; everything else is shown by a call. */
const EXPLAINED: readonly Explained[] = [
  {
    of: ({ holder }) => holder === "hub-gateway-logs-role",
    why: "API Gateway itself writes with it; the list is AWS's own (set-up-logging.html), and here the access log is a file.",
  },
  {
    of: ({ action }) => action === "xray:PutTraceSegments" || action === "xray:PutTelemetryRecords",
    why: "Lambda's tracing daemon sends them; nobody collects traces on one machine.",
  },
  {
    of: ({ sid, action }) => sid === "Network" && action.startsWith("ec2:"),
    why: "Lambda puts a function into a VPC with it; on one machine there is none.",
  },
  {
    of: ({ action }) => action === "logs:CreateLogStream",
    why: "Lambda makes a stream for each execution environment; a local log is a file, and needs none.",
  },
];

/** @returns why no call shows the grant; `undefined` for one that a call has to show */
export const explanationOf = (grant: Grant): string | undefined => EXPLAINED.find(({ of }) => of(grant))?.why;
