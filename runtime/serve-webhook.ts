import middy from "@middy/core";
import { type Metadata, sourceOf } from "../model/envelope.ts";
import type { Flow } from "../model/flow.ts";
import type { WebhookTrigger } from "../model/trigger.ts";
import type { IngressEnvironment } from "./environment.ts";
import { failureOf } from "./errors.ts";
import { headerOf } from "./http/headers.ts";
import { HttpProblem, json } from "./http/problem.ts";
import type { LambdaContext, LambdaHandler, ProxyEvent, ProxyResponse } from "./lambda.ts";
import { createLogger } from "./logging/logger.ts";
import { addToScope, inScope } from "./logging/scope.ts";
import { correlationIdOf, httpScope } from "./middleware/http-scope.ts";
import { jsonBody } from "./middleware/json-body.ts";
import { problemJson } from "./middleware/problem-json.ts";
import { validateBody } from "./middleware/validate-body.ts";
import { verifySignature } from "./middleware/verify-signature.ts";
import type { Entry } from "./ports/bus.ts";
import { publishAll } from "./publish/publish-all.ts";
import { secretCache } from "./secret-cache.ts";
import { ingressServices, once, type Services } from "./services.ts";
import { type Validators, validatorOf } from "./validators.ts";

/** As the gateway's template writes it: API Gateway is always behind https, and only the hub on one machine is not. */
function statusUrlOf(event: ProxyEvent): string {
  const { domainName, stage, requestId } = event.requestContext;
  const scheme = headerOf(event, "x-forwarded-proto") === "http" ? "http" : "https";
  return `${scheme}://${domainName}/${stage}/requests/${requestId}`;
}

/** What an event of the bus may measure, its envelope included. docs/architecture.md: as for the gateway's own triggers. */
const LARGEST_ENTRY_BYTES = 256 * 1_024;

/**
 * The Lambda handler of one webhook trigger: verifies the signature, and publishes the body as the flow's first event.
 *
 * @param name of the trigger
 * @param connect gives the services; it is called when the first request comes. @default AWS, as the environment says
 * @throws RangeError when the flow has no such trigger
 */
export function serveWebhook(
  flow: Pick<Flow, "name" | "triggers">,
  name: string,
  validators: Validators,
  connect: () => Services<IngressEnvironment> = ingressServices,
): LambdaHandler {
  const trigger = flow.triggers[name];
  if (trigger?.kind !== "webhook") throw new RangeError(`flow ${flow.name} has no webhook ${name}. Bundle the flow anew.`);
  const served = once(() => pipeline(name, trigger, validators, connect()));
  let coldStart = true;
  return (event, context) =>
    inScope(() => {
      addToScope({ coldStart });
      coldStart = false;
      return served()(event as ProxyEvent, context);
    });
}

function pipeline(
  name: string,
  { emits, verify }: WebhookTrigger,
  validators: Validators,
  services: Services<IngressEnvironment>,
) {
  const { environment, clock, secretStore } = services;
  const log = createLogger({ level: environment.logLevel, functionName: environment.functionName, to: services.logTo });
  const secrets = secretCache({ store: secretStore, clock, arns: environment.secrets });
  const eventName: string = emits.type;

  return middy<ProxyEvent, ProxyResponse, Error, LambdaContext>({ timeoutEarlyInMillis: 0 })
    .use(problemJson(log))
    .use(httpScope({ flow: environment.flow }))
    .use(verifySignature(verify, { secrets, clock, log }))
    .use(jsonBody())
    .use(validateBody(eventName, validatorOf(validators.events, eventName)))
    .handler(accept);

  async function accept(event: ProxyEvent): Promise<ProxyResponse> {
    const { requestId } = event.requestContext;
    const correlationId = correlationIdOf(event);
    const data: unknown = event.body;
    const entry = firstEvent(requestId, correlationId, data);
    if (Buffer.byteLength(entry.detail) > LARGEST_ENTRY_BYTES)
      throw new HttpProblem(413, "Content Too Large", "The body is larger than 256 KB. Send a reference to the data.");
    try {
      await publishAll(services, [entry]);
    } catch (error) {
      log.error("first event could not be published", { code: failureOf(error).code, error: failureOf(error).message });
      throw new HttpProblem(503, "Service Unavailable", "The request could not be taken. Send it again.", { "retry-after": "5" });
    }
    log.info("webhook accepted", { event: eventName });
    return json(
      202,
      { requestId, correlationId, status: "accepted", statusUrl: statusUrlOf(event) },
      { "x-request-id": requestId, "x-correlation-id": correlationId },
    );
  }

  function firstEvent(requestId: string, correlationId: string, data: unknown): Entry {
    const { flow, graph } = environment;
    const metadata: Metadata = {
      eventId: requestId,
      requestId,
      correlationId,
      causationId: "",
      tenant: `webhook:${flow}.${name}`,
      flow,
      graph,
      step: `trigger:${name}`,
      version: emits.version,
      occurredAt: new Date(clock.now()).toISOString(),
      hop: 0,
      traceparent: "",
    };
    return { source: sourceOf(flow), detailType: eventName, detail: JSON.stringify({ metadata, data }) };
  }
}
