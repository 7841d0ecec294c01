import { readFileSync } from "node:fs";
import type { EngineEvent, OpType, PolicyEvent, Stack } from "@pulumi/pulumi/automation/index.js";
import type { Operation, Plan } from "./changes.ts";
import { Account } from "./provider/account.ts";
import { UNKNOWN } from "./provider/wire.ts";

/** What a run of the engine told. */
export interface Run {
  readonly plan: Plan;
  /** URNs of resources with an input that was not known when they were planned. */
  readonly unknown: ReadonlySet<string>;
  readonly violations: readonly PolicyEvent[];
  /** What the CLI printed when it refused; absent when all went well. */
  readonly refusal?: string;
}
/** The policy packs of a run, as the command line names them, and their settings. */
export interface Judged {
  readonly policyPacks?: string[];
  readonly policyPackConfigs?: string[];
}

type OnEvent = { readonly onEvent: (event: EngineEvent) => void };

/** One stack of the program under the real engine. */
export class EngineStack {
  readonly #stack: Stack;
  readonly #stateFile: string;
  readonly #account: string;

  constructor(stack: Stack, stateFile: string, account: string) {
    this.#stack = stack;
    this.#stateFile = stateFile;
    this.#account = account;
  }

  preview(judged: Judged = {}): Promise<Run> {
    return told((events) => this.#stack.preview({ ...judged, ...events }));
  }

  up(): Promise<Run> {
    return told((events) => this.#stack.up(events));
  }

  destroy(): Promise<Run> {
    return told((events) => this.#stack.destroy(events));
  }

  /** As `pulumi config set --path` does, with `--secret` for a secret. */
  async set(path: string, value: string, secret = false): Promise<void> {
    await this.#stack.setConfig(path, { value, secret }, true);
  }

  /** `pulumi stack output --show-secrets` */
  outputs() {
    return this.#stack.outputs();
  }

  /** The stack's state as the backend holds it, JSON: an export would have the secrets in plain text. */
  state(): string {
    return readFileSync(this.#stateFile, "utf8");
  }

  /** URNs of all that the state holds. */
  urns(): readonly string[] {
    const { checkpoint } = JSON.parse(this.state()) as { checkpoint: { latest?: { resources?: readonly { urn: string }[] } } };
    return (checkpoint.latest?.resources ?? []).map(({ urn }) => urn);
  }

  /** What the stand-in has made and not deleted. */
  account(): Account {
    return new Account(this.#account);
  }
}

/** A replacement is told as three steps, of which `replace` is the one that says so. */
const TOLD: Partial<Record<OpType, Operation>> = { create: "create", update: "update", replace: "replace", delete: "delete" };

async function told(run: (events: OnEvent) => Promise<unknown>): Promise<Run> {
  const plan = new Map<string, Operation>();
  const unknown = new Set<string>();
  const violations: PolicyEvent[] = [];
  const onEvent = ({ resourcePreEvent, policyEvent }: EngineEvent) => {
    if (policyEvent) violations.push(policyEvent);
    const { op, urn, new: state } = resourcePreEvent?.metadata ?? {};
    const operation = op && TOLD[op];
    if (urn && operation) plan.set(urn, operation);
    if (urn && JSON.stringify(state?.inputs ?? {}).includes(UNKNOWN)) unknown.add(urn);
  };
  const refusal = await run({ onEvent }).then(
    () => undefined,
    (error: Error) => error.message,
  );
  return { plan, unknown, violations, ...(refusal !== undefined && { refusal }) };
}
