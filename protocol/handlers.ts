/** Files of the functions' code, and what these export; docs/internals.md, "Code of a function". */

const MODULE = "index";
/** Module that holds the handlers. */
export const HANDLER_FILE = `${MODULE}.mjs`;
/** What the functions of all flows share, beside it. */
export const RUNTIME_FILE = "runtime.mjs";
/** What makes and sends spans, beside it: loaded by the functions that send some. */
export const TRACES_FILE = "traces.mjs";
/** What signs JWTs, beside it where a third party of the flow takes them in place of a client's secret: loaded by the first call that needs one. */
export const JWT_FILE = "jwt.mjs";
/** What holds a payload against a JSON Schema, beside the hub's own functions: loaded where a request is run again. */
export const SCHEMAS_FILE = "schemas.mjs";

/** Handlers of the hub's own functions: exports of runtime/hub.ts. */
export type HubHandler = "ledger" | "status" | "recorder" | "ops" | "authorizer" | "sweeper";

/** Name of a step's export. */
export const stepExport = (step: string): string => `step_${step}`;
/** Name of the export of a webhook, a synchronous endpoint or a poll. */
export const triggerExport = (trigger: string): string => `trigger_${trigger}`;

/** Export of a flow with examples that are functions, which the local sandbox calls. */
export const PLAYED_FLOW = "played_flow";

const handler = (exported: string) => `${MODULE}.${exported}`;
export const stepHandler = (step: string): string => handler(stepExport(step));
export const triggerHandler = (trigger: string): string => handler(triggerExport(trigger));
export const hubHandler = (name: HubHandler): string => handler(name);

/** Name of the validator of an operation's answer with a status of its own. @param operation `<adapter>.<operation>` */
export const answerValidator = (operation: string, status: string | number): string => `${operation}:${status}`;
