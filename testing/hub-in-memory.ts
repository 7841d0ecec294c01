import { Writable } from "node:stream";
import { eventPattern } from "../components/flow/event-pattern.ts";
import { contractsOf } from "../components/parts/contract.ts";
import { DEFAULTS } from "../components/parts/defaults.ts";
import { compilePattern, type EventTest } from "../emulator/events/pattern.ts";
import {
  type AnyStep,
  adaptersOf,
  type BusEvent,
  type Flow,
  type FlowGraph,
  graph,
  POLL_TIMEOUT,
  personalFieldsOf,
  SOURCE_PREFIX,
  seconds,
} from "../model/index.ts";
import type { FlowTargets } from "../protocol/dead-letter.ts";
import { isTriggerStep, triggerOf, triggerStep } from "../protocol/first-event.ts";
import { DIRECT_ATTEMPTS, MAX_RECEIVES } from "../protocol/limits.ts";
import { ledgerPattern } from "../protocol/reports.ts";
import { DOCUMENTS, DUE_JOINS, graphKey, INDEXES, targetsKey } from "../protocol/table.ts";
import type { Environment, OpsEnvironment } from "../runtime/environment.ts";
import { serveRecorder } from "../runtime/functions/dead-letters/serve-recorder.ts";
import { targetStore } from "../runtime/functions/dead-letters/targets.ts";
import { serveLedger } from "../runtime/functions/ledger/serve-ledger.ts";
import { type PollOutcome, servePoll } from "../runtime/functions/poll/serve-poll.ts";
import { serveStep } from "../runtime/functions/step/serve-step.ts";
import { sweepJoins } from "../runtime/functions/sweeper/sweep-joins.ts";
import type { BatchResponse, LambdaHandler } from "../runtime/lambda.ts";
import { createLogger } from "../runtime/logging/logger.ts";
import type { Bus, Queue } from "../runtime/ports.ts";
import type { Services } from "../runtime/services.ts";
import { validatorsOf } from "../runtime/validators.ts";
import { mortal } from "./crashes.ts";
import type { Chance } from "./faults.ts";
import { MemoryTable } from "./memory-table.ts";
import { arnOf, DEAD, LEDGER, Queues, recordOf, urlOf } from "./queues.ts";
import type { TestClock } from "./test-clock.ts";
import type { ThirdParties } from "./third-parties.ts";

/** Id of the flow's graph. */
export const GRAPH = "test";
/** Another flow, whose events the flow imports. */
export const ELSEWHERE = "elsewhere";
/** Lambda waits a minute before the second asynchronous attempt, and two before the third. */
const DIRECT_WAIT_MS = 60_000;

interface Container {
  readonly handler: LambdaHandler;
  /** Resolves when the process dies. */
  readonly death: Promise<"died">;
}

const validatorsByFlow = new WeakMap<Flow, ReturnType<typeof validatorsOf>>();
/** @returns the validators of a flow's functions, which the bundler writes once, too: JSON Schema of each event takes longer than a message */
function validatorsFor(flow: Flow): ReturnType<typeof validatorsOf> {
  const made = validatorsByFlow.get(flow) ?? validatorsOf(flow, {}, contractsOf(flow), personalFieldsOf(flow));
  validatorsByFlow.set(flow, made);
  return made;
}

/** One flow's functions with bus, queues and table in memory: the code that runs in Lambda, in virtual time, one message at a time. */
export class HubInMemory {
  readonly table = new MemoryTable();
  readonly queues = new Queues();
  /** Everything that was published, in the order of the bus. */
  readonly events: BusEvent[] = [];
  /** What the functions logged. */
  readonly lines: Readonly<Record<string, unknown>>[] = [];
  readonly #flow: Flow;
  readonly #steps: Readonly<Record<string, AnyStep>>;
  readonly #rules: readonly (readonly [queue: string, fits: EventTest])[];
  readonly #containers = new Map<string, Container>();
  readonly #clock: TestClock;
  readonly #chance: Chance;
  readonly #parties: ThirdParties;

  /** @param only the steps that take part. @default all */
  constructor(flow: Flow, parts: { clock: TestClock; chance: Chance; parties: ThirdParties }, only = Object.keys(flow.steps)) {
    this.#flow = flow;
    this.#steps = Object.fromEntries(Object.entries(flow.steps).filter(([name]) => only.includes(name)));
    this.#clock = parts.clock;
    this.#chance = parts.chance;
    this.#parties = parts.parties;
    this.#rules = [
      [LEDGER, compilePattern(ledgerPattern(SOURCE_PREFIX))],
      ...Object.entries(this.#steps).map(([name, step]) => [name, compilePattern(eventPattern(flow, name, step))] as const),
    ];
  }

  /** Writes what a deployment leaves in the table. */
  async deploy(): Promise<void> {
    const { name, steps } = this.#flow;
    const own = graph(this.#flow);
    const other: FlowGraph = { ...own, flow: ELSEWHERE, triggers: [], events: [], steps: [], adapters: [] };
    await this.table.put({ ...graphKey(ELSEWHERE, GRAPH), [DOCUMENTS.graph]: JSON.stringify(other) });
    await this.table.put({ ...graphKey(name, GRAPH), [DOCUMENTS.graph]: JSON.stringify(own) });
    const targets: FlowTargets = {
      flow: name,
      graph: GRAPH,
      steps: Object.fromEntries(
        Object.keys(steps).map((step) => [
          step,
          {
            queueUrl: urlOf(step),
            queueArn: arnOf(step),
            ruleArn: `rule/${step}`,
            functionArn: functionArnOf(step),
          },
        ]),
      ),
      thirdParties: adaptersOf(this.#flow).map((adapter) => adapter.name),
      deadLetterArn: arnOf(DEAD),
    };
    await this.table.put({ ...targetsKey(name), [DOCUMENTS.targets]: JSON.stringify(targets) });
  }

  /** Delivers an event to the queues of all rules that match it. */
  publish(event: BusEvent): void {
    this.events.push(event);
    for (const [queue, fits] of this.#rules)
      if (fits(event))
        for (const later of this.#chance.arrivals()) this.queues.sendEvent(queue, event, this.#clock.now() + later);
  }

  /** @returns when the next message becomes visible, or the sweeper ends a join; ms since the epoch */
  nextAt(): number | undefined {
    const due = [...this.table.items.values()]
      .filter((item) => DUE_JOINS.includes(String(item[INDEXES.dueDeadLetters.partition])))
      .map((item) => Date.parse(String(item[INDEXES.dueDeadLetters.sort]).split("#")[0] ?? ""));
    const times = [...due, this.queues.nextAt() ?? Number.POSITIVE_INFINITY];
    const next = Math.min(...times);
    return Number.isFinite(next) ? next : undefined;
  }

  /** Handles the next message that is visible until then. @returns false when there is none */
  async handleNext(until: number): Promise<boolean> {
    const at = this.nextAt();
    if (at === undefined || at > until) return false;
    this.#clock.moveTo(at);
    if (at !== this.queues.nextAt()) {
      const services = this.services("sweeper");
      const log = createLogger({ level: "warn", functionName: "sweeper", to: services.logTo });
      await this.#clock.run(sweepJoins(services, targetStore(services), log), "hub");
      return true;
    }
    const message = this.queues.receive((queue) => this.#timeoutOf(queue) * DEFAULTS.visibilityFactor * 1_000);
    if (!message) return false;
    const { id, queue, body, attributes, receives } = message;
    const isDirect = this.#steps[queue]?.delivery === "direct" && Object.keys(attributes).length === 0;
    const outcome = await this.#invoke(queue, isDirect ? JSON.parse(body) : { Records: [recordOf(message)] });
    if (outcome === "done") this.queues.delete(id);
    else if (isDirect && receives >= DIRECT_ATTEMPTS) this.#report(id, onFailure(queue, body, receives));
    else if (isDirect) this.queues.hide(id, this.#clock.now() + receives * DIRECT_WAIT_MS);
    else if (receives >= MAX_RECEIVES) this.queues.moveTo(DEAD, id, this.#clock.now());
    return true;
  }

  /** Services of one container of a function. */
  services(functionName: string, step = ""): Services<Environment<"step"> & OpsEnvironment> {
    const bus: Bus = {
      put: async (entries) =>
        entries.map(({ source, detailType, detail }) => {
          const time = new Date(this.#clock.now()).toISOString();
          const id = `event-${this.events.length + 1}`;
          this.publish({ id, source, "detail-type": detailType, time, detail: JSON.parse(detail) as BusEvent["detail"] });
          return undefined;
        }),
    };
    const queue: Queue = {
      send: async (url, body, attributes) => this.queues.send(queueOf(url), body, this.#clock.now(), attributes),
      hide: async (_url, receiptHandle, wait) => this.queues.hide(receiptHandle, this.#clock.now() + wait * 1_000),
    };
    const names = [...this.#parties.secrets.keys()];
    return {
      environment: {
        flow: this.#flow.name,
        graph: GRAPH,
        bus: "bus",
        busArn: "bus",
        archive: "archive",
        table: "table",
        queueUrl: urlOf(step),
        deadLetterUrl: urlOf(DEAD),
        formerly: { flow: [...(this.#flow.formerly ?? [])], step: [...(this.#steps[step]?.formerly ?? [])] },
        secrets: Object.fromEntries(names.map((name) => [name, name])),
        thirdParties: this.#parties.addresses,
        logLevel: "debug",
        functionName,
      },
      table: this.table,
      bus,
      queue,
      secretStore: { read: async (arn) => JSON.stringify(this.#parties.secrets.get(arn) ?? {}) },
      clock: this.#clock,
      random: this.#chance.random,
      fetch: this.#parties.fetch,
      logTo: new Writable({
        write: (chunk, _encoding, done) => {
          this.lines.push(JSON.parse(String(chunk)) as Readonly<Record<string, unknown>>);
          done();
        },
      }),
    };
  }

  /** Runs a poll, as its schedule does. @throws what its page throws */
  async poll(trigger: string): Promise<PollOutcome | "died"> {
    const outcome = await this.#call(triggerStep(trigger), {});
    return outcome as PollOutcome | "died";
  }

  async #invoke(queue: string, event: unknown): Promise<"done" | "failed"> {
    try {
      const response = await this.#call(queue, event);
      if (response === "died") return "failed";
      return (response as Partial<BatchResponse> | undefined)?.batchItemFailures?.length ? "failed" : "done";
    } catch {
      return "failed";
    }
  }

  /** @returns what the function answers, or that its process died */
  async #call(name: string, event: unknown): Promise<unknown> {
    const container = this.#containers.get(name) ?? this.#start(name);
    this.#containers.set(name, container);
    const endsAt = this.#clock.now() + this.#timeoutOf(name) * 1_000;
    const context = {
      awsRequestId: `invocation-${this.#chance.points}`,
      functionName: name,
      getRemainingTimeInMillis: () => Math.max(0, endsAt - this.#clock.now()),
    };
    const code = name === LEDGER || name === DEAD ? "hub" : "author";
    const outcome = await this.#clock.run(Promise.race([container.handler(event, context), container.death]), code);
    if (outcome === "died") this.#containers.delete(name);
    return outcome;
  }

  #start(name: string): Container {
    let die = () => {};
    const death = new Promise<"died">((resolve) => {
      die = () => resolve("died");
    });
    const connect = () =>
      mortal(
        this.services(name, name),
        this.#chance,
        () => this.#clock.touch(),
        () => die(),
      );
    const flow = this.#flow;
    if (name === LEDGER) return { handler: serveLedger(connect), death };
    if (name === DEAD) return { handler: serveRecorder(connect), death };
    const validators = validatorsFor(flow);
    if (isTriggerStep(name)) return { handler: servePoll(flow, triggerOf(name), validators, connect), death };
    return { handler: serveStep(flow, name, validators, connect), death };
  }

  #timeoutOf = (name: string): number => {
    const poll = isTriggerStep(name) ? this.#flow.triggers[triggerOf(name)] : undefined;
    const timeout = poll?.kind === "poll" ? (poll.timeout ?? POLL_TIMEOUT) : this.#steps[name]?.timeout;
    return timeout === undefined ? DEFAULTS.timeout : seconds(timeout);
  };

  #report(id: string, failure: string): void {
    this.queues.delete(id);
    this.queues.send(DEAD, failure, this.#clock.now());
  }
}

const queueOf = (url: string): string => decodeURIComponent(url.split("/").at(-1) ?? "");
const functionArnOf = (step: string): string => `arn:aws:lambda:eu-west-1:000000000000:function:${step}`;

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
const onFailure = (step: string, body: string, attempts: number): string =>
  JSON.stringify({
    version: "1.0",
    requestContext: {
      functionArn: `${functionArnOf(step)}:$LATEST`,
      condition: "RetriesExhausted",
      approximateInvokeCount: attempts,
    },
    requestPayload: JSON.parse(body) as unknown,
    responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
  });
