import { firstName } from "../../../model/first-name.ts";
import type { Flow } from "../../../model/flow.ts";
import type { WebhookTrigger } from "../../../model/trigger.ts";
import { webhookTenant } from "../../../protocol/first-event.ts";
import { assertAdmitted, retryAfterOf } from "../../admission.ts";
import type { IngressEnvironment } from "../../environment.ts";
import { correlationIdOf, httpPipeline } from "../../http/middleware.ts";
import type { LambdaContext, LambdaHandler, ProxyEvent, ProxyResponse } from "../../lambda.ts";
import type { Logger } from "../../logging/logger.ts";
import { metricLine } from "../../logging/metric.ts";
import { addToScope, hideInScope } from "../../logging/scope.ts";
import { valuesOf } from "../../mask.ts";
import { secretCache } from "../../secret-cache.ts";
import { ingressServices, type Services } from "../../services.ts";
import type { Validators } from "../../validators.ts";
import { serve } from "../serve.ts";
import { answerToList, answerToOne } from "./answer.ts";
import { readBody } from "./body.ts";
import { callOf } from "./call.ts";
import { deliveriesOf } from "./delivery.ts";
import { signedHandshake, unsignedHandshake } from "./handshake.ts";
import { deliveryIntake } from "./intake.ts";
import { replier } from "./reply.ts";
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
  flow: Pick<Flow, "name" | "triggers" | "admission">,
  name: string,
  validators: Validators,
  connect: () => Services<IngressEnvironment> = ingressServices,
): LambdaHandler {
  const trigger = flow.triggers[name];
  if (trigger?.kind !== "webhook") throw new RangeError(`flow ${flow.name} has no webhook ${name}. Bundle the flow again.`);
  const admission = flow.admission !== undefined;
  return serve(connect, (services, log) => pipeline(name, trigger, admission, validators, services, log), validators.personal);
}

function pipeline(
  name: string,
  trigger: WebhookTrigger,
  admission: boolean,
  validators: Validators,
  services: Services<IngressEnvironment>,
  log: Logger,
) {
  const { environment, clock, secretStore } = services;
  const { verify } = trigger;
  const secrets = secretCache({ store: secretStore, clock, arns: environment.secrets });
  const flow = firstName(environment.flow, environment.formerly?.flow);
  const around = { secrets, clock, log, fetch: services.fetch };
  const greet = unsignedHandshake(verify, secrets, log);
  const challenge = signedHandshake(verify, around);
  const verified = verifySignature(verify, around);
  const intake = deliveryIntake({ services, log, flow, trigger: name });
  const retryAfter = retryAfterOf(services, log);
  const reply = replier(trigger, { clock, log, flow: environment.flow, trigger: name });

  return httpPipeline(log, { flow: environment.flow }).handler(receive);

  async function receive(event: ProxyEvent, context: LambdaContext): Promise<ProxyResponse> {
    const call = callOf(event);
    const greeting = await greet(call);
    if (greeting) return greeting;
    const signed = await verified(call);
    const body = readBody(verify.body, call.body);
    const response = await challenge(call, body.data);
    if (response) return response;
    if (admission) assertAdmitted(await retryAfter(flow));
    const origin = { flow, trigger: name, callId: event.requestContext.requestId };
    const { deliveries, ignored } = deliveriesOf({ trigger, call, signed, body, validators, origin });
    if (ignored.length > 0) {
      log.info("webhook of another type ignored", { type: ignored[0], count: ignored.length });
      metricLine(services, { WebhooksIgnored: ignored.length });
    }
    for (const { data } of deliveries) hideInScope(valuesOf(data, validators.personal));
    const firsts = deliveries.map((delivery) => ({ ...delivery, correlationId: correlationIdOf(event, delivery.requestId) }));
    const [only, ...others] = firsts;
    if (only && others.length === 0) addToScope(idsOf(only));
    const invocation = { callId: origin.callId, remainingMs: context.getRemainingTimeInMillis() };
    const answer =
      (only && (await reply(only.data, { ...idsOf(only), tenant: webhookTenant(flow, name) }, invocation))) ?? verify.answer;
    const marks = await intake(firsts, clock.now() + context.getRemainingTimeInMillis());
    const requests = firsts.map(({ requestId }, i) => ({ requestId, correlationId: marks[i]?.correlationId ?? requestId }));
    return trigger.batch === undefined ? answerToOne(answer, event, requests[0]) : answerToList(answer, event, requests);
  }
}

const idsOf = ({ requestId, correlationId }: { readonly requestId: string; readonly correlationId: string }) => ({
  requestId,
  correlationId,
});
