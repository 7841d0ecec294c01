import "./tracing/open-telemetry.ts";

export { servePoll } from "./functions/poll/serve-poll.ts";
export { serveStep } from "./functions/step/serve-step.ts";
export { serveSync } from "./functions/sync/serve-sync.ts";
export { serveWebhook } from "./functions/webhook/serve-webhook.ts";
export type { LambdaContext, LambdaHandler } from "./lambda.ts";
export { type PollValidators, type SyncValidators, type Validate, type Validators, validatorsOf } from "./validators.ts";
