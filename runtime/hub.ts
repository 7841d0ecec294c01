import type { HubHandler } from "../protocol/handlers.ts";
import { serveAuthorizer } from "./functions/authorizer/serve-authorizer.ts";
import { serveRecorder } from "./functions/dead-letters/serve-recorder.ts";
import { serveLedger } from "./functions/ledger/serve-ledger.ts";
import { serveOps } from "./functions/ops/serve-ops.ts";
import { serveStatus } from "./functions/status/serve-status.ts";
import { serveSweeper } from "./functions/sweeper/serve-sweeper.ts";
import type { LambdaHandler } from "./lambda.ts";

/** Handlers of the hub's own functions; docs/internals.md, "Code of a function". */
export const { ledger, status, recorder, ops, authorizer, sweeper } = {
  ledger: serveLedger(),
  status: serveStatus(),
  recorder: serveRecorder(),
  ops: serveOps(),
  authorizer: serveAuthorizer(),
  sweeper: serveSweeper(),
} satisfies Record<HubHandler, LambdaHandler>;
