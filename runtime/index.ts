export type { LambdaContext, LambdaHandler } from "./lambda.ts";
export { serveStep } from "./serve-step.ts";
export { serveWebhook } from "./serve-webhook.ts";
export type { AjvError, Validate, Validators } from "./validators.ts";
