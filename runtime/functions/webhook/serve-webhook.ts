import { type Metadata, sourceOf } from "../../../model/envelope.ts";
import { firstName } from "../../../model/first-name.ts";
import type { Flow } from "../../../model/flow.ts";
import type { WebhookTrigger } from "../../../model/trigger.ts";
import { firstMetadata, webhookTenant } from "../../../protocol/first-event.ts";
import { LARGEST_BODY_KB } from "../../../protocol/limits.ts";
import { type Backoff, retrying } from "../../backoff.ts";
import type { IngressEnvironment } from "../../environment.ts";
import { failureOf } from "../../errors.ts";
import { correlationIdOf, httpPipeline } from "../../http/middleware.ts";
import { HttpProblem, json } from "../../http/problem.ts";
import { basePathOf, headerOf } from "../../http/request.ts";
import type { LambdaContext, LambdaHandler, ProxyEvent, ProxyResponse } from "../../lambda.ts";
import { addToScope, type Logger } from "../../logging/logger.ts";
import type { Entry } from "../../ports.ts";
import { publishAll } from "../../publish/publish-all.ts";
import { secretCache } from "../../secret-cache.ts";
import { ingressServices, type Services } from "../../services.ts";
import { type Validators, validatorOf } from "../../validators.ts";
import { serve } from "../serve.ts";
import { type Call, callOf } from "./call.ts";
import { requestIdOf } from "./delivery-identity.ts";
import { deliveryMarks, type Mark } from "./delivery-marks.ts";
import { carriableBody, validateBody, webhookBody } from "./middleware/body.ts";
import { metaHandshake, slackHandshake } from "./middleware/handshake.ts";
import { verifySignature } from "./middleware/verify-signature.ts";

/** As the gateway's template writes it. API Gateway always uses https; only the local hub does not. */
function statusUrlOf(event: ProxyEvent, requestId: string): string {
  const { domainName } = event.requestContext;
  const scheme = headerOf(event, "x-forwarded-proto") === "http" ? "http" : "https";
  return `${scheme}://${domainName}${basePathOf(event)}/requests/${requestId}`;
}

/** Largest event with its envelope, as for the gateway's HTTP triggers (docs/architecture.md). */
const LARGEST_ENTRY_BYTES = LARGEST_BODY_KB * 1_024;

/** A call of the same delivery takes a moment to publish its event: the others look 6 times, for a second in all. */
const LOOKS = 6;
const BETWEEN_LOOKS: Backoff = { jitter: "none", base: 200, cap: 200 };

interface Verified {
  readonly call: Call;
  readonly signed: readonly (string | Buffer)[];
}

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
  { emits, verify }: WebhookTrigger,
  validators: Validators,
  services: Services<IngressEnvironment>,
  log: Logger,
) {
  const { environment, clock, secretStore } = services;
  const secrets = secretCache({ store: secretStore, clock, arns: environment.secrets });
  const eventName: string = emits.type;

  const flow = firstName(environment.flow, environment.formerly?.flow);
  const marks = deliveryMarks({ table: services.table, clock, flow, trigger: name });
  const verified = new WeakMap<ProxyEvent, Verified>();
  const requestIds = new WeakMap<ProxyEvent, string>();

  return (
    httpPipeline(log, { flow: environment.flow })
      .use(metaHandshake(verify, secrets, log))
      .use(
        verifySignature(verify, {
          secrets,
          clock,
          log,
          verified: (event, signed) => void verified.set(event, { call: callOf(event), signed }),
        }),
      )
      .use(webhookBody(verify.body))
      .use(carriableBody())
      .use(slackHandshake(verify, log))
      // Before defaults are filled in: a default must not become an id.
      .use({ before: ({ event }) => void requestIds.set(event, identify(event)) })
      .use(validateBody(eventName, validatorOf(validators.events, eventName)))
      .handler(accept)
  );

  async function accept(event: ProxyEvent, context: LambdaContext): Promise<ProxyResponse> {
    const data: unknown = event.body;
    const requestId = requestIds.get(event) ?? identify(event);
    const correlationId = correlationIdOf(event, requestId);
    addToScope({ requestId, correlationId });
    const largest = firstEvent({ requestId, correlationId, receivedAt: new Date(clock.now()).toISOString() }, data);
    if (Buffer.byteLength(largest.detail) > LARGEST_ENTRY_BYTES)
      throw new HttpProblem(
        413,
        "Content Too Large",
        `The body is larger than ${LARGEST_BODY_KB} KB. Send a reference to the data.`,
      );
    const mark = await takeIn(requestId, correlationId, data, clock.now() + context.getRemainingTimeInMillis());
    return json(
      202,
      { requestId, correlationId: mark.correlationId, status: "accepted", statusUrl: statusUrlOf(event, requestId) },
      { "x-request-id": requestId, "x-correlation-id": mark.correlationId },
    );
  }

  function identify(event: ProxyEvent): string {
    const call = verified.get(event);
    if (!call) throw new TypeError("a webhook's handler ran before its signature was verified");
    return requestIdOf(flow, name, { signature: verify, data: event.body, ...call });
  }

  /** Publishes the delivery's event unless that was done before. @throws HttpProblem 503: the third party sends it again */
  async function takeIn(requestId: string, correlationId: string, data: unknown, leaseUntil: number): Promise<Mark> {
    const taken = await retrying(services, BETWEEN_LOOKS, { attempts: LOOKS }, async () => {
      const mark = await marks.take(requestId, correlationId, leaseUntil);
      return mark.kind === "busy" ? undefined : mark;
    }).catch((error: unknown) => {
      throw refusal("delivery could not be marked", error);
    });
    if (!taken) throw refusal("another call is publishing this delivery", undefined);
    addToScope({ correlationId: taken.mark.correlationId });
    if (taken.kind === "done") {
      log.info("repeated webhook ignored", { event: eventName });
      return taken.mark;
    }
    try {
      await publishAll(services, [firstEvent({ requestId, ...taken.mark }, data)]);
    } catch (error) {
      await marks.release(requestId, taken.owner).catch(() => {}); // The lease expires.
      throw refusal("first event could not be published", error);
    }
    log.info("webhook accepted", { event: eventName });
    await marks.done(requestId, taken.owner).catch((error: unknown) => {
      // The event is on the bus. A repeated call publishes the same ids, which the steps recognise.
      log.warn("delivery could not be marked as done", { code: failureOf(error).code });
    });
    return taken.mark;
  }

  function refusal(what: string, error: unknown): HttpProblem {
    const { code, message } = error === undefined ? { code: "BUSY", message: "" } : failureOf(error);
    log.error(what, { code, error: message });
    return new HttpProblem(503, "Service Unavailable", "The request could not be accepted. Send it again.", {
      "retry-after": "5",
    });
  }

  function firstEvent({ requestId, correlationId, receivedAt }: Mark & { readonly requestId: string }, data: unknown): Entry {
    const { flow, graph } = environment;
    const tenant = webhookTenant(flow, name);
    const ids = { requestId, correlationId, tenant, occurredAt: receivedAt };
    const metadata: Metadata = firstMetadata({ ...ids, flow, graph, trigger: name, version: emits.version });
    return { source: sourceOf(flow), detailType: eventName, detail: JSON.stringify({ metadata, data }) };
  }
}
