/** Argument of the hub's process, as JSON. */
export interface HubStart {
  /** Folder of the Pulumi program. */
  readonly root: string;
  readonly seed: string;
  readonly data: string;
  readonly journal: string;
  readonly speed: number;
  /** 0 selects a free port. */
  readonly ports: { readonly gateway: number; readonly console: number; readonly sandbox: number };
  /** Longest time that a call about a rate limit's item takes, ms; the shortest takes a quarter of it. */
  readonly limitMs: number;
  /** Whether faults strike from the start. */
  readonly injectFaults: boolean;
}

/** `calm`: no more faults. `deploy`: the program has changed. */
export type ToHub = { readonly kind: "calm" | "rest?" | "deploy" | "stop" };

export interface Ready {
  readonly url: string;
  readonly sandboxUrl: string;
  readonly consoleUrl: string;
  readonly apiKey: string;
  readonly operatorKey: string;
  /** `""` where no flow has such a webhook. */
  readonly webhookSecret: string;
  /** Time of the hub's clock, ms since the epoch. */
  readonly now: number;
}

/** Unfinished work of the hub. */
export interface Rest {
  readonly queues: readonly { readonly name: string; readonly messages: number }[];
  /** Events that have not reached their targets yet. */
  readonly deliveries: number;
}

export type FromHub =
  | ({ readonly kind: "ready" } & Ready)
  | { readonly kind: "rest"; readonly rest: Rest }
  /** `error`: the former program still runs. */
  | { readonly kind: "deployed"; readonly error?: string }
  | { readonly kind: "problem"; readonly message: string };
