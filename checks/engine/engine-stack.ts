import { readFileSync } from "node:fs";
import type { EngineEvent, OpType, PolicyEvent, Stack } from "@pulumi/pulumi/automation/index.js";
import type { Operation, Plan } from "./changes.ts";
import { Account } from "./provider/account.ts";
import { UNKNOWN } from "./provider/wire.ts";

/** Events of a run of the engine. */
export interface Run {
  readonly plan: Plan;
  /** URNs of resources with an input that was unknown at planning. */
  readonly unknown: ReadonlySet<string>;
  readonly violations: readonly PolicyEvent[];
  /** The CLI's error output; absent on success. */
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
    return collect((events) => this.#stack.preview({ ...judged, ...events }));
  }

  up(): Promise<Run> {
    return collect((events) => this.#stack.up(events));
  }

  destroy(): Promise<Run> {
    return collect((events) => this.#stack.destroy(events));
  }

  /** As `pulumi config set --path` does, with `--secret` for a secret. */
  async set(path: string, value: string, secret = false): Promise<void> {
    await this.#stack.setConfig(path, { value, secret }, true);
  }

  /** `pulumi stack output --show-secrets` */
  outputs() {
    return this.#stack.outputs();
  }

  /** The backend's state file, JSON; an export would hold the secrets in plain text. */
  state(): string {
    return readFileSync(this.#stateFile, "utf8");
  }

  /** URNs in the state. */
  urns(): readonly string[] {
    const { checkpoint } = JSON.parse(this.state()) as { checkpoint: { latest?: { resources?: readonly { urn: string }[] } } };
    return (checkpoint.latest?.resources ?? []).map(({ urn }) => urn);
  }

  /** Resources that the simulated account holds. */
  account(): Account {
    return new Account(this.#account);
  }
}

/** The engine reports a replacement as three steps, one of which is `replace`. */
const REPORTED: Partial<Record<OpType, Operation>> = { create: "create", update: "update", replace: "replace", delete: "delete" };

async function collect(run: (events: OnEvent) => Promise<unknown>): Promise<Run> {
  const plan = new Map<string, Operation>();
  const unknown = new Set<string>();
  const violations: PolicyEvent[] = [];
  const onEvent = ({ resourcePreEvent, policyEvent }: EngineEvent) => {
    if (policyEvent) violations.push(policyEvent);
    const { op, urn, new: state } = resourcePreEvent?.metadata ?? {};
    const operation = op && REPORTED[op];
    if (urn && operation) plan.set(urn, operation);
    if (urn && JSON.stringify(state?.inputs ?? {}).includes(UNKNOWN)) unknown.add(urn);
  };
  const refusal = await run({ onEvent }).then(
    () => undefined,
    (error: Error) => error.message,
  );
  return { plan, unknown, violations, ...(refusal !== undefined && { refusal }) };
}
