import type { Writable } from "node:stream";
import type { TraceSettings } from "../protocol/environment.ts";
import { eventBridgeBus, secretsManager, sqsQueue } from "./aws/adapters.ts";
import { dynamoTable } from "./aws/dynamo-table.ts";
import { systemClock } from "./aws/system-clock.ts";
import {
  authorizerEnvironment,
  type Environment,
  hubEnvironment,
  hubWriterEnvironment,
  ingressEnvironment,
  opsEnvironment,
  pollEnvironment,
  stepEnvironment,
  syncEnvironment,
} from "./environment.ts";
import type { Bus, Clock, Fetch, Queue, SecretStore, Table } from "./ports.ts";
import { DAEMON, tracingOf } from "./tracing/export.ts";
import type { Tracing } from "./tracing/recorder.ts";

/** Everything outside a function: environment, AWS, time and chance. */
export interface Services<E = Environment> {
  readonly environment: E;
  readonly table: Table;
  readonly bus: Bus;
  readonly queue: Queue;
  readonly secretStore: SecretStore;
  readonly clock: Clock;
  /** 0 up to 1. */
  readonly random: () => number;
  /** How third parties are called. @default over the network */
  readonly fetch?: Fetch;
  /** Takes the spans of each invocation. @default nothing is recorded */
  readonly tracing?: Tracing | undefined;
  /** Where log lines go. @default standard output */
  readonly logTo?: Writable;
}

type Named = { readonly traces?: TraceSettings | undefined; readonly bus?: string; readonly table?: string };

/**
 * Reads the environment and makes clients at the first use, once per container: loading a bundle needs neither, and a function makes
 * no client that it does not use.
 */
const onAws = <E extends Named>(read: () => E): (() => Services<E>) =>
  once(() => {
    const environment = read();
    const table = once(() => dynamoTable(environment.table ?? ""));
    const bus = once(() => eventBridgeBus(environment.bus ?? ""));
    const queue = once(() => sqsQueue());
    const secretStore = once(() => secretsManager());
    return {
      environment,
      get table() {
        return table();
      },
      get bus() {
        return bus();
      },
      get queue() {
        return queue();
      },
      get secretStore() {
        return secretStore();
      },
      clock: systemClock,
      tracing: tracingOf(environment.traces, process.env[DAEMON]),
      random: Math.random,
    };
  });

/** @throws EnvironmentError, when called */
export const stepServices = onAws(stepEnvironment);
/** @throws EnvironmentError, when called */
export const ingressServices = onAws(ingressEnvironment);
/** @throws EnvironmentError, when called */
export const syncServices = onAws(syncEnvironment);
/** @throws EnvironmentError, when called */
export const pollServices = onAws(pollEnvironment);
/** @throws EnvironmentError, when called */
export const hubServices = onAws(hubEnvironment);
/** @throws EnvironmentError, when called */
export const hubWriterServices = onAws(hubWriterEnvironment);
/** @throws EnvironmentError, when called */
export const opsServices = onAws(opsEnvironment);

/** @throws EnvironmentError, when called */
export const authorizerServices = onAws(authorizerEnvironment);

/** Makes a value at the first call. An error is not kept: the next call tries again. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
