import { randomInt } from "node:crypto";
import { parsedOptions } from "../../local/script-options.ts";

export interface ChaosOptions {
  readonly seed: string;
  /** At least 30. */
  readonly requests: number;
  /** Factor by which the hub's clock runs faster than the wall clock. */
  readonly speed: number;
  /** Number of kills of the hub. */
  readonly kills: number;
  /** Time limit of the run, in minutes. */
  readonly minutes: number;
  /** Keep the data folder. */
  readonly keep: boolean;
  /** A backlog behind a rate limit instead of faults: `requests` is the number of its messages. */
  readonly backlog: boolean;
  /** Number of deployments; `undefined` injects faults instead. */
  readonly changes: number | undefined;
}

export const HELP = `Drives the hub over HTTP while faults are injected, and checks the outcome of every request: npm run chaos -- [options]

  --seed <text>    seed of the faults, to repeat a run (default: random, printed)
  --requests <n>   number of requests over the three flows, 30 to 20000 (default 3000)
  --short          as in CI: 300 requests, 2 kills, seed "ci"
  --speed <x>      speed of the hub's clock, 1 to 100 (default 5, or 3 with --deploys, 1 with --backlog; on a small machine a higher speed makes messages visible too early)
  --kills <n>      number of kill -9 of the whole hub, 1 to 20 (default 5); with --deploys 0 to 20 (default 2; 0 with --short)
  --deploys        deploys changes of the program, one after another, instead of faults
  --changes <n>    number of deployments, 1 to 500 (default 50; 3 with --short, 200 with --long)
  --backlog        a backlog behind a rate limit, instead of faults
  --messages <n>   of the backlog, 200 to 9000 (default 2000; 400 with --short)
  --minutes <n>    time limit, 1 to 60 (default 30; 15 with --short)
  --keep           keeps the data folder and prints its path
`;

/** @throws Error for an invalid option; `undefined` for --help */
export function parseOptions(args: readonly string[]): ChaosOptions | undefined {
  const { values } = parsedOptions("npm run chaos", args, {
    seed: { type: "string" },
    requests: { type: "string" },
    speed: { type: "string" },
    kills: { type: "string" },
    minutes: { type: "string" },
    short: { type: "boolean" },
    long: { type: "boolean" },
    deploys: { type: "boolean" },
    backlog: { type: "boolean" },
    messages: { type: "string" },
    changes: { type: "string" },
    keep: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  });
  if (values.help) return undefined;
  const { short = false, long = false, keep = false, deploys = false, backlog = false } = values;
  if (backlog && (deploys || values.kills !== undefined || values.requests !== undefined))
    throw new Error("--backlog takes no --deploys, --kills and --requests.");
  if (!backlog && values.messages !== undefined) throw new Error("--messages needs --backlog.");
  if (!deploys && (long || values.changes !== undefined)) throw new Error("--long and --changes need --deploys.");
  const { seed = short ? "ci" : String(randomInt(1_000_000)) } = values;
  if (!/^[A-Za-z0-9-]{1,20}$/.test(seed)) throw new Error(`--seed is "${seed}". Give at most 20 letters, digits and dashes.`);
  return {
    seed,
    keep,
    backlog,
    requests: backlog
      ? whole("messages", values.messages, 200, 9_000, short ? 400 : 2_000)
      : whole("requests", values.requests, 30, 20_000, short ? 300 : 3_000),
    speed: whole("speed", values.speed, 1, 100, backlog ? 1 : deploys ? 3 : 5),
    kills: deploys ? whole("kills", values.kills, 0, 20, short ? 0 : 2) : whole("kills", values.kills, 1, 20, short ? 2 : 5),
    minutes: whole("minutes", values.minutes, 1, 60, short ? 15 : 30),
    changes: deploys ? whole("changes", values.changes, 1, 500, short ? 3 : long ? 200 : 50) : undefined,
  };
}

function whole(option: string, text: string | undefined, least: number, most: number, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`--${option} is "${text}". Give a whole number from ${least} to ${most}.`);
}
