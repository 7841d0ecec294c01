import { serveAuthorizer } from "./functions/authorizer/serve-authorizer.ts";
import { serveRecorder } from "./functions/dead-letters/serve-recorder.ts";
import { serveLedger } from "./functions/ledger/serve-ledger.ts";
import { serveOps } from "./functions/ops/serve-ops.ts";
import { serveStatus } from "./functions/status/serve-status.ts";
import { serveSweeper } from "./functions/sweeper/serve-sweeper.ts";
import { closeEnded, giveUpExpired, redriveTransient } from "./functions/sweeper/sweeps.ts";

/** Handlers of the hub's own functions; docs/architecture.md, "Code of a function". */
export const ledger = serveLedger();
export const status = serveStatus();
export const recorder = serveRecorder();
export const ops = serveOps();
export const authorizer = serveAuthorizer();
export const sweeper = serveSweeper([giveUpExpired, redriveTransient, closeEnded]);
