import { firstName } from "../../../model/first-name.ts";
import type { Flow } from "../../../model/flow.ts";
import type { WebhookTrigger } from "../../../model/trigger.ts";
import type { IngressEnvironment } from "../../environment.ts";
import { correlationIdOf, httpPipeline } from "../../http/middleware.ts";
import type { LambdaContext, LambdaHandler, ProxyEvent, ProxyResponse } from "../../lambda.ts";
import type { Logger } from "../../logging/logger.ts";
import { metricLine } from "../../logging/metric.ts";
import { secretCache } from "../../secret-cache.ts";
import { ingressServices, type Services } from "../../services.ts";
import type { Validators } from "../../validators.ts";
import { serve } from "../serve.ts";
import { acceptedAnswer, ignoredAnswer } from "./answer.ts";
import { readBody } from "./body.ts";
import { callOf } from "./call.ts";
import { deliveryOf } from "./delivery.ts";
import { metaHandshake, slackHandshake } from "./handshake.ts";
import { deliveryIntake } from "./intake.ts";
import { verifySignature } from "./verify-signature.ts";

/**
 * The Lambda handler of one webhook trigger: verifies the signature, and publishes the body as the flow's first event, once for
 * each delivery.
 *
 * @param name of the trigger
 * @param connect returns the services; see `serve`. @default AWS, as the environment configures it
 * @throws RangeError when the flow has no such trigger
 */
export function serveWebhook(
  flow: Pick<Flow, "name" | "triggers">,
  name: string,
  validators: Validators,
  connect: () => Services<IngressEnvironment> = ingressServices,
): LambdaHandler {
  const trigger = flow.triggers[name];
  if (trigger?.kind !== "webhook") throw new RangeError(`flow ${flow.name} has no webhook ${name}. Bundle the flow again.`);
  return serve(connect, (services, log) => pipeline(name, trigger, validators, services, log));
}

function pipeline(
  name: string,
  trigger: WebhookTrigger,
  validators: Validators,
  services: Services<IngressEnvironment>,
  log: Logger,
) {
  const { environment, clock, secretStore } = services;
  const { verify } = trigger;
  const secrets = secretCache({ store: secretStore, clock, arns: environment.secrets });
  const flow = firstName(environment.flow, environment.formerly?.flow);
  const handshake = metaHandshake(verify, secrets, log);
  const verified = verifySignature(verify, { secrets, clock, log });
  const intake = deliveryIntake({ services, log, flow, trigger: name });

  return httpPipeline(log, { flow: environment.flow }).handler(receive);

  async function receive(event: ProxyEvent, context: LambdaContext): Promise<ProxyResponse> {
    const call = callOf(event);
    const greeting = await handshake(event.httpMethod, call);
    if (greeting) return greeting;
    const signed = await verified(call);
    const body = readBody(verify.body, call.body);
    const challenge = slackHandshake(verify, body.data, log);
    if (challenge) return challenge;
    const origin = { flow, trigger: name, callId: event.requestContext.requestId };
    const delivery = deliveryOf({ trigger, call, signed, body, validators, origin });
    if (delivery.event === undefined) {
      log.info("webhook of another type ignored", { type: delivery.type });
      metricLine(services, { WebhooksIgnored: 1 });
      return ignoredAnswer(verify.answer, event);
    }
    const correlationId = correlationIdOf(event, delivery.requestId);
    const mark = await intake({ ...delivery, correlationId }, clock.now() + context.getRemainingTimeInMillis());
    return acceptedAnswer(verify.answer, event, { requestId: delivery.requestId, correlationId: mark.correlationId });
  }
}
