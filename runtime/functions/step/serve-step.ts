import middy from "@middy/core";
import { changesSomething } from "../../../model/changes-something.ts";
import { type CountedField, countedFieldsOf } from "../../../model/counted.ts";
import { filtersOfSteps, type StepFilter } from "../../../model/filter/left-out.ts";
import type { AnyStep, Flow } from "../../../model/flow.ts";
import { waitReporter } from "../../admission.ts";
import { cancellationReader } from "../../cancellations.ts";
import { holdReader, orderReader } from "../../holds.ts";
import { firstNames } from "../../ids.ts";
import { isSqsEvent, type LambdaContext, type LambdaHandler } from "../../lambda.ts";
import type { Logger } from "../../logging/logger.ts";
import { addToScope } from "../../logging/scope.ts";
import { type Services, stepServices } from "../../services.ts";
import { clientFactory } from "../../third-party/clients.ts";
import type { AnyOperation } from "../../third-party/context.ts";
import { inPlace } from "../../tracing/recorder.ts";
import type { Validators } from "../../validators.ts";
import { serve } from "../serve.ts";
import { arrivalOf } from "./delivery/arrival.ts";
import { handleStepBatch } from "./delivery/batch.ts";
import { hide } from "./delivery/hide.ts";
import { leases } from "./delivery/lease.ts";
import { deliveryRecords } from "./delivery/records.ts";
import { reportWait } from "./delivery/report-wait.ts";
import { retryOf } from "./delivery/retry-policy.ts";
import type { Run } from "./delivery/run.ts";
import { runHandler } from "./delivery/run-handler.ts";
import { oneAtATime } from "./delivery/serial.ts";
import { collectJoin } from "./middleware/collect-join.ts";
import { identifyCompensation, isCompensation, recallDelivery } from "./middleware/compensation.ts";
import { deliveryRecord, publish } from "./middleware/delivery-record.ts";
import { expectEvent, hopLimit, parseEnvelope, validatePayload } from "./middleware/event.ts";
import { failure } from "./middleware/failure.ts";
import { leaveOut } from "./middleware/leave-out.ts";
import { attemptMetrics, correlation, logger } from "./middleware/log.ts";
import { reportWaits } from "./middleware/report-waits.ts";
import { checkSuppliedAnswers } from "./middleware/supplied-answers.ts";
import { waitWhileHeld } from "./middleware/wait-while-held.ts";

/**
 * The Lambda handler of one step.
 *
 * @param name of the step
 * @param connect returns the services; see `serve`. @default AWS, as the environment configures it
 * @throws RangeError when the flow has no such step
 */
export function serveStep(
  flow: Pick<Flow, "name" | "steps" | "admission">,
  name: string,
  validators: Validators,
  connect: () => Services = stepServices,
): LambdaHandler {
  const step = flow.steps[name];
  if (!step) throw new RangeError(`flow ${flow.name} has no step ${name}. Bundle the flow again.`);
  const saga = Object.values(flow.steps).some(({ compensate }) => compensate !== undefined);
  const served = {
    name,
    step,
    saga,
    admission: flow.admission,
    filters: filtersOfSteps(flow.steps),
    counts: countedFieldsOf(flow.steps),
  };
  return serve(connect, (services, log) => pipelines(served, validators, services, log), validators.personal);
}

/** After which a message comes back that had no time to be handled by itself. */
const SOON_SECONDS = 1;

/** True when the step can call an operation that changes something, or connect to a third party where it may. */
const changing = ({ uses = {} }: AnyStep): boolean =>
  Object.values(uses).some(
    ({ auth, operations }) =>
      (auth.kind === "connection" && !auth.safeToRepeat) || Object.values<AnyOperation>(operations).some(changesSomething),
  );

interface Served {
  readonly name: string;
  readonly step: AnyStep;
  /** A step of the flow declares a compensation. */
  readonly saga: boolean;
  readonly admission: Flow["admission"];
  /** Of all steps of the flow. */
  readonly filters: readonly StepFilter[];
  readonly counts: readonly CountedField[];
}

function pipelines(
  { name, step, saga, admission, filters, counts }: Served,
  validators: Validators,
  services: Services,
  log: Logger,
) {
  const { environment, clock, table } = services;
  const { flow } = environment;
  const retry = retryOf(step);
  const origin = firstNames(environment, name);
  const records = deliveryRecords({
    table,
    clock,
    random: services.random,
    ...origin,
    maximum: retry.attempts,
    changes: changing(step),
  });
  const reportBacklog = admission && waitReporter(services, origin.flow, admission);
  const clients = clientFactory(services, step.uses ?? {}, validators);
  const orders = orderReader(services);
  const held = holdReader(orders, clock);
  const cancelled = cancellationReader(services, origin.flow, orders);
  const holdable = {
    flow: [flow, ...(environment.formerly?.flow ?? [])],
    step: [name, ...(environment.formerly?.step ?? [])],
    thirdParties: Object.values(step.uses ?? {}).map((adapter) => adapter.name),
  };
  const { serial } = step;
  const take = leases({ table, clock, random: services.random, ...origin });
  const turn = (run: Run, handler: AnyStep["handler"]) => {
    const work = (superseded: boolean) => runHandler({ clock, origin, name, handler, clients, superseded }, run);
    return serial ? oneAtATime({ serial, take }, run, work) : work(false);
  };

  // Middy runs `before` from top to bottom, `after` and `onError` from bottom to top. runHandler ends a handler that hangs.
  const common = () =>
    middy<Run, unknown, Error, LambdaContext>({ timeoutEarlyInMillis: 0 })
      .use(parseEnvelope(services, name))
      .use(correlation(flow, name))
      .use(logger(clock))
      .use(publish(services))
      .use(failure({ services, records, step: name, retry, saga, reportWait: reportBacklog }))
      .use(attemptMetrics(clock, flow));
  const delivery = common()
    .use(hopLimit)
    .use(expectEvent(step))
    .use(leaveOut(services, name, step, validators))
    .use(step.on.kind === "join" ? [collectJoin(services, name, step.on, validators)] : [])
    .use(waitWhileHeld(services))
    .use(checkSuppliedAnswers(step, validators))
    .use(deliveryRecord(services, { records, cancelled }, { name, emits: step.emits, filters, counts }, validators))
    .use(reportBacklog ? [reportWaits(reportBacklog)] : [])
    .use(validatePayload(step, validators))
    .handler((run: Run) => turn(run, step.handler));
  const compensation = common()
    .use(identifyCompensation(name, step))
    .use(waitWhileHeld(services))
    .use(checkSuppliedAnswers(step, validators))
    .use(deliveryRecord(services, { records, cancelled }, { name, emits: [], filters, counts }, validators))
    .use(recallDelivery(records, step, validators))
    .handler(async (run: Run) => {
      await turn(run, step.compensate ?? step.handler);
      return [];
    });

  const deliver = (
    event: Parameters<typeof arrivalOf>[0],
    context: LambdaContext,
    { alone, hold }: { readonly alone: boolean; readonly hold: NonNullable<Run["hold"]> },
  ): Promise<unknown> => {
    const arrival = arrivalOf(event, context, clock, alone);
    const run: Run = { arrival, log, hold };
    return inPlace({ beganAt: arrival.beganAt, aws: [] }, () =>
      (isCompensation(arrival.body) ? compensation : delivery)(run, context),
    );
  };

  return async (event: unknown, context: LambdaContext): Promise<unknown> => {
    addToScope({ flow, step: name });
    // Where it can't be read, each delivery fails before its attempt, unless it fails sooner.
    const hold = await held(holdable).then(
      (value) => ({ status: "fulfilled", value }) as const,
      (reason: unknown) => ({ status: "rejected", reason }) as const,
    );
    if (!isSqsEvent(event)) return deliver({ direct: event }, context, { alone: true, hold });
    // What an operator holds is meant to wait.
    if (hold.status === "rejected" || !hold.value) reportWait(services, event.Records);
    return handleStepBatch(
      event.Records,
      context,
      (message, alone) => deliver({ message }, context, { alone, hold }),
      (message) => hide(services, { arrival: arrivalOf({ message }, context, clock, false), log }, SOON_SECONDS),
    );
  };
}
