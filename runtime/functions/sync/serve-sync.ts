import { seconds } from "../../../model/duration.ts";
import { RetryLaterError, TerminalError } from "../../../model/errors.ts";
import { busName } from "../../../model/event.ts";
import type { Flow } from "../../../model/flow.ts";
import { SYNC_MARGIN, type SyncTrigger } from "../../../model/sync.ts";
import { triggerStep } from "../../../protocol/first-event.ts";
import { targetText } from "../../../protocol/holds.ts";
import { assertAdmitted } from "../../admission.ts";
import { uncarriable } from "../../carriable.ts";
import type { SyncEnvironment } from "../../environment.ts";
import { holdReader, orderReader } from "../../holds.ts";
import { correlationIdOf, httpPipeline, isDebugged } from "../../http/middleware.ts";
import { HttpProblem, json } from "../../http/problem.ts";
import { retryAfterIn, tenantOf } from "../../http/request.ts";
import { hashOf } from "../../ids.ts";
import type { LambdaContext, LambdaHandler, ProxyEvent, ProxyResponse } from "../../lambda.ts";
import { thrownFields } from "../../logging/error-fields.ts";
import type { Logger } from "../../logging/logger.ts";
import { hideInScope } from "../../logging/scope.ts";
import { valuesOf } from "../../mask.ts";
import { firstEntry } from "../../publish/first-entry.ts";
import { publishAll } from "../../publish/publish-all.ts";
import { type Services, syncServices } from "../../services.ts";
import { clientFactory } from "../../third-party/clients.ts";
import { recordAnswer } from "../../tracing/record-answer.ts";
import { faultsOf, type SyncValidators, type Validators, validatorOf } from "../../validators.ts";
import { within } from "../../within.ts";
import { serve } from "../serve.ts";
import { problemOf } from "./problem-of.ts";
import { BODY_ALONE, requestOf } from "./request.ts";

/** Unchecked result of a handler. */
interface Returned {
  readonly answer?: unknown;
  readonly event?: { readonly type?: unknown; readonly data?: unknown };
}

/**
 * The Lambda handler of one synchronous endpoint: calls the flow's handler, checks what it returned, publishes the event, and answers.
 * After an answer, the event is on the bus. After an error it is not, unless the bus accepted it and its response was lost.
 *
 * @param name of the trigger
 * @param connect returns the services; see `serve`. @default AWS, as the environment configures it
 * @throws RangeError when the flow has no such trigger
 */
export function serveSync(
  flow: Pick<Flow, "name" | "triggers">,
  name: string,
  validators: Validators & SyncValidators,
  connect: () => Services<SyncEnvironment> = syncServices,
): LambdaHandler {
  const trigger = flow.triggers[name];
  if (trigger?.kind !== "sync")
    throw new RangeError(`flow ${flow.name} has no synchronous endpoint ${name}. Bundle the flow again.`);
  return serve(connect, (services, log) => pipeline(name, trigger, validators, services, log), validators.personal);
}

function pipeline(
  name: string,
  trigger: SyncTrigger,
  validators: Validators & SyncValidators,
  services: Services<SyncEnvironment>,
  log: Logger,
) {
  const { environment, clock } = services;
  const { flow } = environment;
  const step = triggerStep(name);
  const eventName: string = trigger.emits.type;
  const clients = clientFactory(services, trigger.uses ?? {}, validators);
  const parameters = validators.parameters[name] ?? BODY_ALONE;
  const held = holdReader(orderReader(services), services.clock);
  const thirdParties = Object.values(trigger.uses ?? {}).map((adapter) => adapter.name);
  const cacheSeconds = trigger.cache ? seconds(trigger.cache) : 0;

  return httpPipeline(log, { flow }).handler(async (event: ProxyEvent, context) => {
    const beganAt = clock.now();
    try {
      const answer = await reply(event, context);
      log.info("request answered", { event: eventName, durationMs: clock.now() - beganAt });
      return answer;
    } catch (error) {
      const problem = problemOf(error, cacheSeconds);
      const fields = { ...(error !== problem && thrownFields(error)), status: problem.status, durationMs: clock.now() - beganAt };
      if (problem.status >= 500) log.error("request could not be answered", fields);
      // The pipeline logs what the endpoint itself refuses.
      else if (error !== problem) log.info("request refused", fields);
      throw problem;
    }
  });

  async function reply(event: ProxyEvent, context: LambdaContext): Promise<ProxyResponse> {
    const tenant = tenantOf(event);
    if (!tenant)
      throw new HttpProblem(401, "Unauthorized", "Authentication required. Send an API key in `x-api-key` or a bearer token.");
    assertAdmitted(retryAfterIn(event), cacheSeconds);
    await assertNotHeld();
    const { requestId } = event.requestContext;
    const correlationId = correlationIdOf(event);
    const input = requestOf(event, validatorOf(validators.inputs, name), parameters);
    hideInScope(valuesOf(input, validators.personal));
    const occurredAt = new Date(clock.now()).toISOString();
    const allowed = context.getRemainingTimeInMillis() - SYNC_MARGIN * 1_000;
    const call = { requestId, correlationId, callId: requestId, flow, tenant, trigger: name };
    const answer = await recordAnswer(call, async () => {
      const returned = (await within(clock, Math.max(0, allowed), "Raise the endpoint's timeout, or do less.", (limit) =>
        trigger.handler(input, {
          ...clients({
            origin: { flow, step },
            step,
            requestId,
            correlationId,
            delivery: requestId,
            repeated: false,
            log,
            limit,
            unknown: new Set(),
            unreadable: new Map(),
            answers: {},
            slots: undefined,
          }),
          requestId,
          correlationId,
          tenant,
          occurredAt,
          idempotencyKey: hashOf([requestId, requestId, flow, step]),
          log,
        }),
      )) as Returned | undefined;
      const { answer, data } = checked(returned);
      const ids = { requestId, correlationId, tenant, occurredAt, debug: isDebugged(event) };
      const { version } = trigger.emits;
      await publishAll(services, [
        firstEntry({ ...ids, flow, graph: environment.graph, trigger: name, version, name: busName(trigger.emits), data }),
      ]);
      return answer;
    });
    return json(200, answer, { "x-request-id": requestId, "x-correlation-id": correlationId });
  }

  /** @throws RetryLaterError where an operator holds a third party of the endpoint */
  async function assertNotHeld(): Promise<void> {
    const hold = thirdParties.length > 0 ? await held({ flow: [], step: [], thirdParties }) : undefined;
    if (!hold) return;
    const after = Math.max(1, Math.ceil((Date.parse(hold.until) - clock.now()) / 1_000));
    throw new RetryLaterError(`${targetText(hold)} is held by ${hold.by} until ${hold.until}`, {
      ...{ after: `${after} seconds`, code: "HELD" },
    });
  }

  /** Before anything is published. @throws TerminalError `INVALID_RESULT` */
  function checked(returned: Returned | undefined): { readonly answer: unknown; readonly data: unknown } {
    const invalid = (what: string) =>
      new TerminalError(`${what}. Return data that matches the schema.`, { code: "INVALID_RESULT" });
    if (returned?.event?.type !== eventName) throw invalid(`the handler returned no ${eventName}`);
    const answer: unknown = JSON.parse(JSON.stringify(returned.answer ?? null));
    const data: unknown = JSON.parse(JSON.stringify(returned.event.data ?? null));
    const wrong = faultsOf(validatorOf(validators.answers, name), answer);
    if (wrong !== undefined) throw invalid(`the answer does not match its schema: ${wrong}`);
    const faults = faultsOf(validatorOf(validators.events, eventName), data);
    if (faults !== undefined) throw invalid(`the ${eventName} does not match its schema: ${faults}`);
    const unfit = uncarriable(data);
    if (unfit !== undefined) throw invalid(`the ${eventName} holds ${unfit}, which no event can carry`);
    return { answer, data };
  }
}
