import { serveLedger } from "./ledger/serve-ledger.ts";
import { serveStatus } from "./status/serve-status.ts";

/** Handlers of the hub's own functions; docs/architecture.md, "Code of a function". */
export const ledger = serveLedger();
export const status = serveStatus();
