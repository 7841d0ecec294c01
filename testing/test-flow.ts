import { contractOf } from "../components/parts/contract.ts";
import type { Call } from "../local/sandbox/types.ts";
import {
  type BusEvent,
  busName,
  type Duration,
  type EventType,
  emittedBy,
  eventsOf,
  type Flow,
  type Message,
  type RequestStatus,
  type StepState,
  seconds,
  sourceOf,
} from "../model/index.ts";
import type { Cancellation } from "../protocol/cancel.ts";
import type { Fault } from "../protocol/faults.ts";
import { firstMetadata } from "../protocol/first-event.ts";
import { OPS_ROUTES, STATUS_ROUTES } from "../protocol/routes.ts";
import type { PollEnd } from "../protocol/status.ts";
import { requestOf } from "../runtime/envelope/cause.ts";
import { serveOps } from "../runtime/functions/ops/serve-ops.ts";
import { serveStatus } from "../runtime/functions/status/serve-status.ts";
import type { LambdaHandler, ProxyEvent, ProxyResponse } from "../runtime/lambda.ts";
import { answerOf, type EndpointAnswer, endpointOf } from "./endpoint.ts";
import { chanceOf, type TestFaults } from "./faults.ts";
import { ELSEWHERE, GRAPH, HubInMemory } from "./hub-in-memory.ts";
import { proxyEvent } from "./proxy-event.ts";
import { TestClock } from "./test-clock.ts";
import { type Behaviours, ThirdParties } from "./third-parties.ts";

export interface TestOptions {
  /** What third parties answer. @default each operation's `example`, or a sample of `returns` */
  readonly thirdParties?: Behaviours;
  /** Root of the project: the answers in its `fixtures`, which `hub record` wrote, are played where `thirdParties` has none. @default none */
  readonly recordedIn?: string;
  /** ISO 8601. @default 2030-01-01T00:00:00Z */
  readonly now?: string;
  /** @default none */
  readonly faults?: TestFaults;
}

/** A request's state, as `GET /requests/{requestId}` returns it. */
export interface RequestState {
  readonly requestId: string;
  readonly correlationId: string;
  readonly flow: string;
  readonly status: RequestStatus;
  /** Absent unless it was cancelled. */
  readonly cancelled?: Cancellation;
  readonly steps: readonly StepState[];
}

/** @default ids that count up, and the tenant `test` */
export interface TestIds {
  readonly requestId?: string;
  readonly correlationId?: string;
  readonly tenant?: string;
  /** Id of the event, by which a counted join distinguishes several of one request. @default the request's id, as of a first event */
  readonly eventId?: string;
  /** Version of the schema that the payload is of, where it is an older one. @default the current version */
  readonly version?: number;
}

export interface TestRequest {
  /** In this flow: an event of another flow continues in a request of its own. */
  readonly requestId: string;
  readonly correlationId: string;
  /** @throws Error while the ledger knows nothing of the request */
  state(): Promise<RequestState>;
  /** Cancels it, as its tenant does. @throws Error when it has ended, or the ledger knows nothing of it */
  cancel(why?: string): Promise<void>;
}

/** A dead letter, as `GET /ops/dead-letters` lists it. */
export interface TestDeadLetter {
  readonly id: string;
  readonly state: "open" | "redriven" | "completed" | "discarded";
  readonly step: string;
  readonly requestId: string | null;
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly attempts: number;
  /** Operator and reason; `null` while it is open. */
  readonly closedBy: string | null;
  readonly reason: string | null;
}

/** What a run of a poll did. */
export interface TestPoll {
  /**
   * `caught up`: there was no further page. `out of time`: the next run goes on. `held`, `behind`, `put off`: by an operator, by `admission`,
   * by a third party. `running`: another run was under way. `died`: the process ended, as `faults` said.
   */
  readonly ended: PollEnd | "died";
  /** Pages read, and events published, before it ended. */
  readonly pages: number;
  readonly events: number;
}

export interface FlowTest {
  /**
   * Publishes an event as the flow's trigger does, or as another flow where no trigger emits it.
   * @throws RangeError when the flow waits for no such event, or the payload does not fit its schema
   */
  send(message: Message, ids?: TestIds): TestRequest;
  /**
   * Calls a synchronous endpoint, whose event is then on the bus. @param endpoint name of the trigger. @param fields of its `request`, from
   * path, query and body alike. @throws RangeError when the flow has no such endpoint
   */
  call(
    endpoint: string,
    fields: Readonly<Record<string, unknown>>,
    ids?: TestIds,
  ): Promise<EndpointAnswer & { readonly request: TestRequest }>;
  /**
   * Runs a poll once, now, as its schedule does; `settle` or `pass` handles what it published. @param trigger name of the poll
   * @throws what its page throws, and RangeError when the flow has no such poll
   */
  poll(trigger: string): Promise<TestPoll>;
  /** Runs until no message is left, in virtual time: retries, waits and deadlines pass. @param most of virtual time. @default "14 days" */
  settle(most?: Duration): Promise<void>;
  /** Runs for this much virtual time. */
  pass(time: Duration): Promise<void>;
  /** @returns payloads of all events of this type so far, each once however often it was published. @param event its constructor, or its name where the flow does not export it */
  emitted<Data = unknown>(event: Pick<EventType<string, Data>, "type" | "~data">): readonly Data[];
  /** All events so far, those of the hub itself included. */
  readonly events: readonly BusEvent[];
  /** @returns calls that third parties got so far. @param operation such as `warehouse.reserve`. @default all */
  calls(operation?: string): readonly Call[];
  /** Makes a third party fail, as `PUT /_faults` of the local sandbox does. @throws RangeError for an unknown target or option */
  fault(fault: Fault): void;
  /** @returns dead letters, the open ones unless `state` says otherwise */
  deadLetters(state?: TestDeadLetter["state"] | "any"): Promise<readonly TestDeadLetter[]>;
  /** Sends all open dead letters back to their steps. */
  redrive(): Promise<void>;
  /** Gives up all open dead letters. */
  discard(): Promise<void>;
  /** What the functions logged. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  /** Virtual time, ms since the epoch. */
  now(): number;
  /** Points at which a process could have died so far: values of `faults.crashAt` are below it. */
  readonly points: number;
}

const START = "2030-01-01T00:00:00.000Z";
const TENANT = "test";
const MOST = "14 days";

/**
 * A flow in memory, with the code that runs in Lambda: steps, ledger and dead-letter recorder. Each test has a hub of its own.
 *
 * @param flow default export of a file of `flows/`
 * @param only the steps that take part. @default all
 * @throws RangeError for an option that does not fit the flow
 */
export async function testFlow(flow: Flow, options: TestOptions = {}, only?: readonly string[]): Promise<FlowTest> {
  const clock = new TestClock(Date.parse(options.now ?? START));
  const chance = chanceOf(options.faults);
  const parties = new ThirdParties(flow, options, clock, chance.random);
  await parties.fill();
  const hub = new HubInMemory(flow, { clock, chance, parties }, only && [...only]);
  await hub.deploy();
  const status = serveStatus(() => hub.services("status"));
  const ops = serveOps(() => hub.services("ops"));
  let sent = 0;

  const ask = async (handler: LambdaHandler, route: string, more: Partial<ProxyEvent>, tenant = TENANT): Promise<unknown> => {
    const event = proxyEvent(route, tenant, more);
    const answered = (await clock.run(handler(event, NO_LIMIT), "hub")) as ProxyResponse;
    if (answered.statusCode >= 400) throw new Error(`${route} answered ${answered.statusCode}: ${answered.body}`);
    return JSON.parse(answered.body);
  };
  const run = async (until: number, isPast: (at: number) => void) => {
    while (await hub.handleNext(until));
    const next = hub.nextAt();
    if (next !== undefined) isPast(next);
  };

  const idsOf = ({ requestId, correlationId, tenant = TENANT }: TestIds = {}) => {
    sent += 1;
    return { requestId: requestId ?? `request-${sent}`, correlationId: correlationId ?? `correlation-${sent}`, tenant };
  };
  const requestOfIds = ({ requestId, correlationId, tenant }: Required<Omit<TestIds, "version" | "eventId">>): TestRequest => ({
    requestId,
    correlationId,
    state: async () => (await ask(status, STATUS_ROUTES.showRequest, { pathParameters: { requestId } }, tenant)) as RequestState,
    async cancel(reason = "by the test") {
      await ask(ops, OPS_ROUTES.cancel, { pathParameters: { requestId }, body: JSON.stringify({ reason }) }, tenant);
    },
  });

  return {
    send({ type, data }, given) {
      const { requestId, correlationId, tenant } = idsOf(given);
      const event = firstEvent(
        flow,
        { type, data },
        { requestId, correlationId, tenant, eventId: given?.eventId, version: given?.version, at: clock.now() },
      );
      hub.publish(event);
      const continued = requestOf({ name: type, ...event.detail }, { flow: flow.name, graph: GRAPH }).requestId;
      return requestOfIds({ requestId: continued, correlationId, tenant });
    },
    async call(name, fields, given) {
      const { handler, callOf } = endpointOf(flow, name, hub);
      const ids = idsOf(given);
      const answered = (await clock.run(handler(callOf(fields, ids), NO_LIMIT))) as ProxyResponse;
      return { ...answerOf(answered), request: requestOfIds(ids) };
    },
    async poll(trigger) {
      if (flow.triggers[trigger]?.kind !== "poll") throw new RangeError(`the flow ${flow.name} has no poll ${trigger}.`);
      const run = await hub.poll(trigger);
      return run === "died" ? { ended: run, pages: 0, events: 0 } : run;
    },
    async settle(most = MOST) {
      await run(clock.now() + seconds(most) * 1_000, (at) => {
        throw new Error(`messages are left after ${most}: the next is visible at ${new Date(at).toISOString()}.`);
      });
    },
    async pass(time) {
      const until = clock.now() + seconds(time) * 1_000;
      await run(until, () => {});
      clock.moveTo(until);
    },
    emitted: <Data>({ type }: { readonly type: string }) => {
      const event = eventsOf(flow).find((one) => one.type === type);
      const name = event ? busName(event) : type;
      const found = hub.events.filter((published) => published["detail-type"] === name).map(({ detail }) => detail);
      return [...new Map(found.map(({ metadata, data }) => [metadata.eventId, data as Data])).values()];
    },
    events: hub.events,
    calls: (operation) =>
      parties.calls().filter(({ target, operation: of }) => operation === undefined || `${target}.${of}` === operation),
    fault: (fault) => parties.fault(fault),
    async deadLetters(state = "open") {
      const found = await ask(ops, OPS_ROUTES.listDeadLetters, { queryStringParameters: { state, limit: "100" } });
      return (found as { readonly deadLetters: readonly TestDeadLetter[] }).deadLetters;
    },
    async redrive() {
      await ask(ops, OPS_ROUTES.redrive, { body: JSON.stringify({ all: true }) });
    },
    async discard() {
      await ask(ops, OPS_ROUTES.discard, { body: JSON.stringify({ all: true, reason: "by the test" }) });
    },
    lines: hub.lines,
    now: clock.now,
    get points() {
      return chance.points;
    },
  };
}

interface Ids {
  readonly requestId: string;
  readonly correlationId: string;
  readonly tenant: string;
  readonly eventId?: string | undefined;
  /** @default the event's own */
  readonly version?: number | undefined;
  /** ms since the epoch */
  readonly at: number;
}

/** The event with which a trigger begins a request, or another flow. @throws RangeError when the payload does not fit */
export function firstEvent(flow: Flow, { type, data }: Message, { at, version, eventId, ...ids }: Ids): BusEvent {
  const known = eventsOf(flow);
  const event = known.find((one) => one.type === type);
  if (!event) {
    const names = known.map((one) => one.type).join(", ");
    throw new RangeError(`${type} is no event of the flow ${flow.name}. Its events are ${names}.`);
  }
  const parsed = (version === undefined || version === event.version ? event.schema : event.from[version]?.schema)?.safeParse(
    data,
  );
  if (!parsed) throw new RangeError(`${type} declares no schema of version ${version}. Its version is ${event.version}.`);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "the payload"}: ${message}`);
    throw new RangeError(`${type} does not fit its schema. ${faults.join(". ")}.`);
  }
  const found = Object.entries(flow.triggers).find(([, trigger]) => emittedBy(trigger).some((one) => one.type === type));
  const name = found || !flow.imports.some((one) => one.type === type) ? flow.name : ELSEWHERE;
  const occurredAt = new Date(at).toISOString();
  const metadata = firstMetadata({
    ...ids,
    flow: name,
    graph: GRAPH,
    trigger: found?.[0] ?? "test",
    version: version ?? event.version,
    ...(found?.[1].kind === "api" && { contract: contractOf(event) }),
    occurredAt,
  });
  const json = JSON.parse(JSON.stringify(data)) as unknown;
  return {
    id: ids.requestId,
    source: sourceOf(name),
    "detail-type": busName(event),
    time: occurredAt,
    detail: { data: json, metadata: { ...metadata, ...(eventId !== undefined && { eventId }) } },
  };
}

const NO_LIMIT = { awsRequestId: "test", functionName: "test", getRemainingTimeInMillis: () => 30_000 };
