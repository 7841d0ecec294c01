import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../../emulator/clock.ts";
import { AwsEndpoint, type EndpointOptions } from "../../../emulator/endpoint/endpoint.ts";
import type { Authorizer, Caller } from "../../../emulator/endpoint/service.ts";
import { IamDirectory } from "../../../emulator/iam/directory.ts";

export const ACCOUNT = { region: "eu-central-1", accountId: "111122223333" };
export const ROLE = "arn:aws:iam::111122223333:role/tester";
export const CALLER: Caller = { kind: "role", arn: ROLE };
export const ALLOW_ALL: Authorizer = { authorize: () => {} };
export const LAMBDA_TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

export const policy = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
export const allow = (Action: string | string[], Resource: string | string[], Condition?: object) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...(Condition ? { Condition } : {}),
});

/** A clock that advances only when the test advances it. */
export class ManualClock implements Clock {
  #now: number;
  readonly #waits = new Set<{ at: number; done: () => void }>();

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }
  now(): number {
    return this.#now;
  }
  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wait = { at: this.#now + ms, done: () => resolve() };
      const done = () => {
        this.#waits.delete(wait);
        resolve();
      };
      wait.done = done;
      if (signal?.aborted || ms <= 0) return resolve();
      this.#waits.add(wait);
      signal?.addEventListener("abort", done, { once: true });
    });
  }
  /** Advances the clock, resolves the waits that are over, and runs the work that they start. */
  async advance(ms: number): Promise<void> {
    this.#now += ms;
    for (const wait of [...this.#waits]) if (wait.at <= this.#now) wait.done();
    await settle();
  }
  /** Number of pending waits. */
  get waiting(): number {
    return this.#waits.size;
  }
}

/** Runs all work that waits only for promises. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "hub-test-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Starts an endpoint with one role. `client` configures an SDK client that calls as that role. */
export async function startEndpoint(directory = new IamDirectory(), options: Partial<EndpointOptions> = {}) {
  directory.defineRole({ arn: ROLE, name: "tester", assumeRolePolicy: LAMBDA_TRUST });
  const bugs: unknown[] = [];
  const endpoint = new AwsEndpoint({ directory, onBug: (error) => bugs.push(error), ...options });
  const url = await endpoint.start();
  const client = { endpoint: url, region: ACCOUNT.region, credentials: directory.issueCredentials(ROLE), maxAttempts: 1 };
  return { directory, endpoint, url, client, bugs };
}

/** The error that a call throws. */
export async function failure(
  call: Promise<unknown> | (() => unknown),
): Promise<Error & { Code?: string; code?: string; name: string }> {
  try {
    await (typeof call === "function" ? call() : call);
  } catch (error) {
    return error as Error;
  }
  throw new Error("The call was expected to fail, but succeeded.");
}
