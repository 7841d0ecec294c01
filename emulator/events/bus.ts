import type { Clock } from "../clock.ts";
import {
  type Account,
  type Authorizer,
  AwsError,
  type Caller,
  type Json,
  type Service,
  unknownOperation,
} from "../endpoint/service.ts";
import type { FaultInjection } from "../fault-injection.ts";
import type { Queues } from "../sqs/queues.ts";
import type { Store } from "../store.ts";
import { type ArchiveDeclaration, type ArchivedEvent, Archives } from "./archive.ts";
import { Deliveries, type InvokeAsync, type Undeliverable } from "./deliveries.ts";
import { type BusEvent, entrySize, eventOf } from "./event.ts";
import { compilePattern } from "./pattern.ts";
import { ReplayTable, readReplay } from "./replays.ts";
import { RuleIndex } from "./rule-index.ts";
import { BusDefinitionError, defineTarget, type Target, type TargetDeclaration } from "./target.ts";

export interface EventBusOptions extends Account {
  readonly queues: Pick<Queues, "sendAs">;
  readonly invokeAsync: InvokeAsync;
  /** Returns a number in [0, 1) for the jitter of retries. @default Math.random */
  readonly random?: () => number;
  readonly faultInjection?: FaultInjection;
}

/** A rule as the recorded `aws:cloudwatch/eventRule:EventRule` declares it. */
export interface RuleDeclaration {
  readonly name: string;
  readonly arn: string;
  /** Name or ARN. @default "default" */
  readonly bus?: string;
  /** JSON of the event pattern. Scheduled rules are not simulated. */
  readonly pattern: string;
  /** @default "ENABLED" */
  readonly state?: string;
}
interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly busArn: string;
  readonly pattern: string;
  readonly enabled: boolean;
  readonly targets: Map<string, Target>;
}
interface Bus {
  readonly name: string;
  readonly arn: string;
}

/** An event that a bus has accepted, and the ARNs of the rules it matched. */
export interface AcceptedEvent {
  readonly event: BusEvent;
  readonly busArn: string;
  readonly ruleArns: readonly string[];
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const MAX_ENTRIES = 10;
const MAX_BYTES = 1_048_576;
const MAX_TARGETS = 5;

/** EventBridge event buses with their rules, targets and archives. */
export class EventBus implements Service {
  readonly target = "AWSEvents";
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #authorizer: Authorizer;
  readonly #options: EventBusOptions;
  readonly #archives: Archives;
  readonly #deliveries: Deliveries;
  readonly #replays: ReplayTable;
  readonly #buses = new Map<string, Bus>();
  readonly #rules = new Map<string, Rule>();
  /** By bus ARN; cleared when the rules change. */
  readonly #indexes = new Map<string, RuleIndex<Rule>>();
  readonly #listeners = new Set<(accepted: AcceptedEvent) => void>();
  readonly #failureListeners = new Set<(failure: Undeliverable) => void>();

  constructor(store: Store, clock: Clock, authorizer: Authorizer, options: EventBusOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#authorizer = authorizer;
    this.#options = options;
    this.#archives = new Archives(store, clock);
    this.#replays = new ReplayTable(store);
    this.#deliveries = new Deliveries(store, clock, {
      queues: options.queues,
      invokeAsync: options.invokeAsync,
      random: options.random ?? Math.random,
      faultInjection: options.faultInjection ?? {},
      onUndeliverable: (failure) => {
        for (const listener of this.#failureListeners) listener(failure);
      },
    });
    this.defineBus({ name: "default", arn: `arn:aws:events:${options.region}:${options.accountId}:event-bus/default` });
  }

  /** Creates an event bus. */
  defineBus({ name, arn }: { name: string; arn: string }): void {
    this.#buses.set(arn, { name, arn });
  }

  /**
   * Creates or changes a rule; its targets stay.
   * @throws PatternError for an invalid pattern; BusDefinitionError when the bus does not exist
   */
  defineRule({ name, arn, bus = "default", pattern, state = "ENABLED" }: RuleDeclaration): void {
    const found = this.#bus(bus);
    if (!found) throw new BusDefinitionError(`Rule ${name} is on bus ${bus}, which does not exist. Define the bus first.`);
    compilePattern(pattern);
    const targets = this.#rules.get(arn)?.targets ?? new Map<string, Target>();
    this.#rules.set(arn, { name, arn, busArn: found.arn, pattern, enabled: state !== "DISABLED", targets });
    this.#indexes.clear();
  }

  /**
   * Adds or changes a target of a rule.
   * @throws BusDefinitionError for an invalid target, an undefined rule, or a sixth target of a rule
   */
  defineTarget(declaration: TargetDeclaration): void {
    const target = defineTarget(declaration);
    const rule = this.#rules.get(target.ruleArn);
    if (!rule)
      throw new BusDefinitionError(
        `Target ${target.targetId} belongs to rule ${target.ruleArn}, which does not exist. Define the rule first.`,
      );
    if (!rule.targets.has(target.targetId) && rule.targets.size >= MAX_TARGETS)
      throw new BusDefinitionError(`Rule ${rule.name} has more than ${MAX_TARGETS} targets. Distribute them over several rules.`);
    rule.targets.set(target.targetId, target);
  }

  /** Removes a rule and its targets. Pending deliveries continue. */
  removeRule(arn: string): void {
    this.#rules.delete(arn);
    this.#indexes.clear();
  }

  /** Removes a target from its rule. Pending deliveries continue. */
  removeTarget(ruleArn: string, targetId: string): void {
    this.#rules.get(ruleArn)?.targets.delete(targetId);
  }

  /**
   * Creates or changes an archive.
   * @throws PatternError
   */
  defineArchive(declaration: ArchiveDeclaration): void {
    this.#archives.define(declaration);
  }

  /** Events of an archive, oldest first. `from` (inclusive) and `to` (exclusive) are milliseconds since the epoch. */
  archived(archiveArn: string, range: { from?: number; to?: number } = {}): BusEvent[] {
    return this.#archives.events(archiveArn, range);
  }

  /** Archived events that the bus accepted after this place, the oldest first; see `Archives.after`. */
  archivedAfter(place: number, limit: number): readonly ArchivedEvent[] {
    return this.#archives.after(place, limit);
  }

  archivedAt(place: number): BusEvent | undefined {
    return this.#archives.at(place);
  }

  /**
   * Adds a listener for accepted events. It is called when the event is durable.
   * @returns a function that removes the listener
   */
  onEvent(listener: (accepted: AcceptedEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Adds a listener for events that can't be delivered to a target.
   * @returns a function that removes the listener
   */
  onUndeliverable(listener: (failure: Undeliverable) => void): () => void {
    this.#failureListeners.add(listener);
    return () => this.#failureListeners.delete(listener);
  }

  /** Starts deliveries to functions and retries, including those of a previous process. */
  start(): void {
    this.#deliveries.start();
  }

  /** Stops deliveries. Resolves when none is running; pending ones stay in the store. */
  stop(): Promise<void> {
    return this.#deliveries.stop();
  }

  /** Number of deliveries that a target has not accepted yet. */
  pendingDeliveries(): number {
    return this.#deliveries.pending();
  }

  async call(operation: string, input: Json, caller: Caller): Promise<Json> {
    switch (operation) {
      case "PutEvents":
        return this.#putEvents(input, caller);
      case "StartReplay":
        return this.#startReplay(input, caller);
      case "DescribeReplay":
        return this.#describeReplay(input, caller);
      default:
        throw unknownOperation(this.target, operation);
    }
  }

  /** Replays all events immediately and in order; AWS replays by minute and without order. Replayed events are not archived again. */
  #startReplay(input: Json, caller: Caller): Json {
    const replay = readReplay(input);
    for (const resource of [replay.archive, replay.bus, this.#replayArn(replay.name)])
      this.#authorizer.authorize(caller, "events:StartReplay", resource);
    const bus = this.#bus(replay.bus);
    if (!bus || !this.#archives.has(replay.archive))
      throw new AwsError("ResourceNotFoundException", `Archive ${replay.archive} or bus ${replay.bus} does not exist.`);
    const now = this.#clock.now();
    this.#store.transaction(() => {
      const events = this.#archives.events(replay.archive, replay);
      this.#replays.add(replay, now, events.length);
      for (const event of events) this.#deliver(bus, { ...event, "replay-name": replay.name }, undefined, replay.ruleArns);
    });
    return { ReplayArn: this.#replayArn(replay.name), State: "STARTING", ReplayStartTime: Math.floor(now / 1_000) };
  }

  #describeReplay(input: Json, caller: Caller): Json {
    const name = String(input.ReplayName);
    this.#authorizer.authorize(caller, "events:DescribeReplay", this.#replayArn(name));
    const found = this.#replays.find(name);
    if (!found) throw new AwsError("ResourceNotFoundException", `Replay ${name} does not exist.`);
    return { ReplayName: name, State: "COMPLETED", StateReason: `${found.events} events`, EventSourceArn: found.archive };
  }

  #replayArn(name: string): string {
    const { region, accountId } = this.#options;
    return `arn:aws:events:${region}:${accountId}:replay/${name}`;
  }

  #putEvents(input: Json, caller: Caller): Json {
    const entries = Array.isArray(input.Entries) ? (input.Entries as Json[]) : [];
    if (entries.length < 1 || entries.length > MAX_ENTRIES) {
      throw validation(
        `Value at 'entries' failed to satisfy constraint: Member must have length ${entries.length < 1 ? "greater than or equal to 1" : `less than or equal to ${MAX_ENTRIES}`}`,
      );
    }
    if (entries.reduce((sum, entry) => sum + entrySize(entry), 0) > MAX_BYTES)
      throw validation("Total size of the entries in the request is over the limit.");

    const denials = entries.map((entry) => this.#denial(entry, caller));
    const denied = denials.find((denial) => denial !== undefined);
    if (denied && denials.every((denial) => denial !== undefined)) throw denied;
    const results = this.#store.transaction(() => entries.map((entry, i) => this.#putEntry(entry, denials[i])));
    return { FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode !== undefined).length, Entries: results };
  }

  /** Authorizes one entry: detail-type and source are condition keys, so a caller may be allowed some entries only. */
  #denial(entry: Json, caller: Caller): AwsError | undefined {
    const name = String(entry.EventBusName ?? "default");
    const { region, accountId } = this.#options;
    const arn =
      this.#bus(name)?.arn ?? (name.startsWith("arn:") ? name : `arn:aws:events:${region}:${accountId}:event-bus/${name}`);
    try {
      this.#authorizer.authorize(caller, "events:PutEvents", arn, {
        "events:detail-type": [String(entry.DetailType ?? "")],
        "events:source": [String(entry.Source ?? "")],
      });
      return undefined;
    } catch (error) {
      if (error instanceof AwsError) return error;
      throw error;
    }
  }

  /** Returns the result of one entry. A failure does not affect other entries. */
  #putEntry(entry: Json, denial: AwsError | undefined): Json {
    try {
      if (denial) throw denial;
      const bus = this.#bus(String(entry.EventBusName ?? "default"));
      if (!bus) throw new AwsError("ResourceNotFoundException", `Event bus ${String(entry.EventBusName)} does not exist.`);
      const event = eventOf(entry, this.#options, this.#clock.now());
      this.#accept(bus, event, typeof entry.TraceHeader === "string" ? entry.TraceHeader : undefined);
      return { EventId: event.id };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return { ErrorCode: error.code, ErrorMessage: error.message };
    }
  }

  #accept(bus: Bus, event: BusEvent, trace: string | undefined): void {
    this.#archives.add(bus.arn, event, JSON.stringify(event));
    this.#deliver(bus, event, trace, undefined);
  }

  /** @param ruleArns limits delivery to these rules; undefined for all rules of the bus */
  #deliver(bus: Bus, event: BusEvent, trace: string | undefined, ruleArns: readonly string[] | undefined): void {
    const json = JSON.stringify(event);
    const matching = this.#index(bus).match(event);
    const rules = ruleArns ? matching.filter(({ arn }) => ruleArns.includes(arn)) : matching;
    for (const { targets } of rules) {
      for (const target of targets.values()) this.#deliveries.accept(target, event, json, trace);
    }
    this.#store.afterCommit(() => {
      for (const listener of this.#listeners) listener({ event, busArn: bus.arn, ruleArns: rules.map(({ arn }) => arn) });
    });
  }

  #index(bus: Bus): RuleIndex<Rule> {
    const cached = this.#indexes.get(bus.arn);
    if (cached) return cached;
    const index = new RuleIndex<Rule>();
    for (const rule of this.#rules.values()) if (rule.busArn === bus.arn && rule.enabled) index.add(rule, rule.pattern);
    this.#indexes.set(bus.arn, index);
    return index;
  }

  #bus(nameOrArn: string): Bus | undefined {
    return this.#buses.get(nameOrArn) ?? [...this.#buses.values()].find(({ name }) => name === nameOrArn);
  }
}

const validation = (message: string) => new AwsError("ValidationException", `1 validation error detected: ${message}`);
