import type { Hub } from "./hub.ts";

/** An assertion about a running hub. */
export interface Check {
  /** Kebab-case. */
  readonly id: string;
  /** What holds, as a sentence without its end. */
  readonly what: string;
  /** The flow that it calls. @default none */
  readonly flow?: string;
  /** It needs the sandbox in place of the third parties. @default false */
  readonly sandbox?: true;
  /** It needs the sandbox's own API, which only a deployed sandbox has. @default false */
  readonly probe?: true;
  /** Rows of docs/unknowns.md that a pass on AWS settles. */
  readonly settles: readonly string[];
  /** @throws Error when it does not hold */
  run(hub: Hub): Promise<void>;
}

/** Why a check can't run against this hub; `undefined` where it can. */
export function reasonToSkip({ flow, sandbox, probe }: Check, hub: Hub): string | undefined {
  if (flow !== undefined && !hub.flows.includes(flow)) return `the stack has no flow ${flow}`;
  if (sandbox && hub.sandboxUrl === undefined) return "the third parties are not the sandbox";
  if (probe && hub.probeUrl === undefined) return "the sandbox's API is on AWS only";
  return undefined;
}
