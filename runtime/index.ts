export type { LambdaContext, LambdaHandler } from "./lambda.ts";
export { serveStep } from "./serve-step.ts";
export { serveWebhook } from "./serve-webhook.ts";
export { serveSync } from "./sync/serve-sync.ts";
export type { AjvError, SyncValidators, Validate, Validators } from "./validators.ts";
