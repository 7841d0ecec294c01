import { serveAuthorizer } from "./authorizer/serve-authorizer.ts";
import { serveRecorder } from "./dead-letters/serve-recorder.ts";
import { serveLedger } from "./ledger/serve-ledger.ts";
import { serveOps } from "./ops/serve-ops.ts";
import { serveStatus } from "./status/serve-status.ts";
import { closeEnded } from "./sweeper/close-ended.ts";
import { redriveTransient } from "./sweeper/redrive-transient.ts";
import { serveSweeper } from "./sweeper/serve-sweeper.ts";

/** Handlers of the hub's own functions; docs/architecture.md, "Code of a function". */
export const ledger = serveLedger();
export const status = serveStatus();
export const recorder = serveRecorder();
export const ops = serveOps();
export const authorizer = serveAuthorizer();
export const sweeper = serveSweeper([redriveTransient, closeEnded]);
