import { firstName } from "../../../model/first-name.ts";
import { type FlowTargets, HUB_ITSELF } from "../../../protocol/dead-letter.ts";
import { isTriggerStep } from "../../../protocol/first-event.ts";
import type { HubWriterEnvironment } from "../../environment.ts";
import { failureOf, type RuntimeCode } from "../../errors.ts";
import type { LambdaHandler, SqsEvent, SqsRecord } from "../../lambda.ts";
import type { Logger } from "../../logging/logger.ts";
import { metricLine } from "../../logging/metric.ts";
import { addToScope } from "../../logging/scope.ts";
import { publishAll } from "../../publish/publish-all.ts";
import { hubWriterServices, type Services } from "../../services.ts";
import { handleBatch, serve } from "../serve.ts";
import { type DeadLetter, deadLetterIdOf } from "./dead-letter.ts";
import { type DeadLetterStore, deadLetterStore } from "./dead-letter-store.ts";
import { bearsKnownNames, type ReadMessage, readMessage } from "./read-message.ts";
import { renew } from "./renew.ts";
import { deadLetterReport, knownFact, requestsOf } from "./report.ts";
import { namesOfStep, targetStore } from "./targets.ts";
import { redriveTime } from "./transient.ts";

/** Most message ids in a record. */
const REMEMBERED = 20;
/** Least time between two reads of the table for messages with unknown names: they may be garbage. */
const JUST_READ_MS = 1_000;
type Recorder = (record: SqsRecord) => Promise<void>;

/**
 * The Lambda handler of the dead-letter recorder: moves each message of the dead-letter queues into the table, in any order and
 * any number of times, and publishes StepFailed where the failing step could not.
 *
 * @param connect returns the services; see `serve`. @default AWS, as the environment configures it
 */
export function serveRecorder(connect: () => Services<HubWriterEnvironment> = hubWriterServices): LambdaHandler {
  return serve(connect, (services, log) => {
    const record = recorder(services, deadLetterStore(services.table), log);
    return ({ Records }: SqsEvent) => handleBatch(Records, record);
  });
}

/** @returns what records one message, or throws */
export function recorder(services: Services<HubWriterEnvironment>, store: DeadLetterStore, log: Logger): Recorder {
  const targets = targetStore(services);
  return async (record) => {
    try {
      const arn = record.eventSourceARN;
      const targetsOf = (flows: readonly FlowTargets[]) => flows.find(({ deadLetterArn }) => deadLetterArn === arn);
      const known = targetsOf(await targets());
      const flowTargets = known && bearsKnownNames(record, known) ? known : targetsOf(await targets(JUST_READ_MS));
      if (!flowTargets) throw new Error(`the table has no flow whose dead-letter queue is ${arn}. Deploy the flow again.`);
      await take(record, flowTargets);
    } catch (error) {
      const { code, message } = failureOf(error);
      const renewed = await renew(services, record);
      const what = renewed ? "its message was sent again" : "it comes back";
      log.error(`dead letter could not be recorded; ${what}`, { code, error: message, messageId: record.messageId });
      if (!renewed) throw error;
    }
  };

  async function take(record: SqsRecord, flowTargets: FlowTargets): Promise<void> {
    const read = readMessage(record, flowTargets);
    const { flow } = flowTargets;
    const { cause, step, errorCode } = read;
    if (cause) addToScope({ requestId: cause.requestId, correlationId: cause.correlationId });
    addToScope({ flow, step });
    const names = namesOfStep([flowTargets], { flow, step });
    // By first names: what fails again after a rename is the same dead letter.
    const id = deadLetterIdOf(firstName(flow, flowTargets.formerly), firstName(step, names.formerly), cause, record.messageId);
    const at = new Date(services.clock.now()).toISOString();
    let before: DeadLetter | undefined;
    const deadLetter = await store.record(id, read.body, (known) => {
      before = known;
      return changed(known, { id, at, record, flow, read });
    });
    if (deadLetter.state === "open" && deadLetter.times > (before?.times ?? 0))
      metricLine(services, { RecordedDeadLetters: 1 }, { flow });
    // A repeated message that finds the record closed adds nothing.
    if (deadLetter.state === "open" && cause && flow !== HUB_ITSELF && step !== "" && !isTriggerStep(step) && !isReported(read)) {
      for (const request of requestsOf(cause)) {
        const known = await knownFact(services.table, names, request);
        if (known?.status !== "succeeded")
          await publishAll(services, [
            deadLetterReport({ ...deadLetter, ...names }, request, known, { outcome: "dead-letter", at: deadLetter.at }),
          ]);
      }
    }
    log.error("dead letter recorded", {
      deadLetter: id,
      code: errorCode,
      shape: read.shape,
      state: deadLetter.state,
      times: deadLetter.times,
    });
  }

  function changed(
    known: DeadLetter | undefined,
    { id, at, record, flow, read }: { id: string; at: string; record: SqsRecord; flow: string; read: ReadMessage },
  ): DeadLetter | undefined {
    if (known?.messages.includes(record.messageId)) return undefined;
    const { body: _, ...content } = read;
    const messages = [...(known?.messages ?? []), record.messageId].slice(-REMEMBERED);
    const times = (known?.times ?? 0) + 1;
    // It was dead-lettered before the redrive and arrives here after it: the redriven message is still on its way.
    if (known && known.state !== "open" && Number(record.attributes.SentTimestamp) < Date.parse(known.closedAt))
      return { ...known, messages };
    if (known?.state === "discarded") return { ...known, messages, times };
    const autoRedrives = known?.autoRedrives ?? 0;
    const due = redriveTime(read.errorCode, autoRedrives, services.clock.now(), services.random());
    return {
      id,
      state: "open",
      flow,
      ...content,
      // The step did not begin: what was unknown before still is.
      ...(read.errorCode === ("ANSWER_INVALID" satisfies RuntimeCode) && known?.calls && { calls: known.calls }),
      at,
      firstAt: known?.firstAt ?? at,
      times,
      messages,
      autoRedrives,
      ...(known?.edit && { edit: known.edit }),
      redriveAt: due === undefined ? "" : new Date(due).toISOString(),
      closedAt: known?.closedAt ?? "",
      closedBy: known?.closedBy ?? "",
      reason: "",
      chunks: 0,
      version: 0,
    };
  }
}

/** The step publishes StepFailed itself, except when publishing failed. */
const isReported = ({ shape, errorCode }: ReadMessage) => shape === "runtime" && errorCode !== "PUBLISH_FAILED";
