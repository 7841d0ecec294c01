import { NoEventRuler } from "../checks/event-ruler/class-path.ts";
import { type Figure, figureOf, ratioOf, shown } from "./figures.ts";
import { hubMatching, type Matching } from "./matcher.ts";
import { startEventRuler } from "./peers/event-ruler.ts";
import { serverlessOfflineEventBridge } from "./peers/serverless-offline-eventbridge.ts";

/** Rules of one operator that differ in what they ask of the event's detail, and the details that each matches. */
interface Rules {
  readonly operator: string;
  readonly pattern: (rule: number) => object;
  readonly detail: (rule: number) => object;
}

const item = (rule: number) => `item-${String(rule).padStart(5, "0")}`;

/** The first rule alone matches the first detail, and so on, but for the last operators, where each event matches most rules. */
export const OPERATORS: readonly Rules[] = [
  { operator: "exact", pattern: (i) => ({ sku: [item(i)] }), detail: (i) => ({ sku: item(i) }) },
  { operator: "prefix", pattern: (i) => ({ key: [{ prefix: `${item(i)}/` }] }), detail: (i) => ({ key: `${item(i)}/a.csv` }) },
  { operator: "suffix", pattern: (i) => ({ key: [{ suffix: `/${item(i)}` }] }), detail: (i) => ({ key: `in/a/${item(i)}` }) },
  {
    operator: "equals-ignore-case",
    pattern: (i) => ({ sku: [{ "equals-ignore-case": item(i) }] }),
    detail: (i) => ({ sku: item(i).toUpperCase() }),
  },
  {
    operator: "wildcard",
    pattern: (i) => ({ key: [{ wildcard: `in/${item(i)}/*.csv` }] }),
    detail: (i) => ({ key: `in/${item(i)}/a.csv` }),
  },
  {
    operator: "numeric",
    pattern: (i) => ({ cents: [{ numeric: [">=", i * 10, "<", i * 10 + 10] }] }),
    detail: (i) => ({ cents: i * 10 + 5 }),
  },
  {
    operator: "cidr",
    pattern: (i) => ({ ip: [{ cidr: `10.${i >> 8}.${i & 255}.0/24` }] }),
    detail: (i) => ({ ip: `10.${i >> 8}.${i & 255}.7` }),
  },
  { operator: "exists", pattern: (i) => ({ [item(i)]: [{ exists: true }] }), detail: (i) => ({ [item(i)]: 1 }) },
  {
    operator: "anything-but",
    pattern: (i) => ({ sku: [item(i)], state: [{ "anything-but": ["closed", item(i)] }] }),
    detail: (i) => ({ sku: item(i), state: "open" }),
  },
  {
    operator: "$or",
    pattern: (i) => ({ $or: [{ sku: [item(i)] }, { cents: [{ numeric: ["=", i] }] }] }),
    detail: (i) => (i % 2 === 0 ? { sku: item(i), cents: -1 } : { sku: "", cents: i }),
  },
  {
    operator: "anything-but alone: all rules but one match",
    pattern: (i) => ({ sku: [{ "anything-but": [item(i)] }] }),
    detail: (i) => ({ sku: item(i) }),
  },
];

/** Rules of one operator, as many as wanted, and a few events. */
export function rulesOf(
  { pattern, detail }: Rules,
  many: number,
): { readonly patterns: readonly string[]; readonly events: readonly string[] } {
  const common = { source: ["shop"], "detail-type": ["OrderPlaced"] };
  const patterns = Array.from({ length: many }, (_, i) => JSON.stringify({ ...common, detail: pattern(i) }));
  const events = [0, 0.25, 0.5, 0.75].map((part) => {
    const own = detail(Math.floor(part * many));
    const time = "2026-11-29T10:00:00Z";
    return JSON.stringify({
      ...{ version: "0", id: "e-1", account: "123456789012", region: "eu-west-1", resources: [], time },
      ...{ source: "shop", "detail-type": "OrderPlaced", detail: { orderId: "o-1", customer: { id: "c-1" }, ...own } },
    });
  });
  return { patterns, events };
}

/** One operator's figures in microseconds an event. */
export interface MatchingRow {
  readonly operator: string;
  readonly hub: Figure;
  /** The same with a hundredth of the rules. */
  readonly few: Figure;
  /** Undefined where the peer can't be had; a text where it gives other matches. */
  readonly peers: Readonly<Record<string, { readonly figure: Figure; readonly ratio: Figure } | string>>;
}

export interface MatchingRuns {
  readonly rules: number;
  /** Pairs of measurements; one more warms up. */
  readonly rounds: number;
  /** Whether the slowest peer takes part, which takes a second an event. */
  readonly slow: boolean;
  /** Events of a measurement; a peer that is slow gets fewer. */
  readonly events: number;
}

/** @returns the rows, and why a peer is not among them */
export async function measureMatching(
  runs: MatchingRuns,
): Promise<{ readonly rows: readonly MatchingRow[]; readonly missing: string | undefined }> {
  const ruler = await startEventRuler().catch((error: unknown) => {
    if (error instanceof NoEventRuler) return error.message;
    throw error;
  });
  try {
    const peers = {
      ...(typeof ruler === "string" ? {} : { "event-ruler": ruler }),
      ...(runs.slow ? { "serverless-offline-aws-eventbridge": serverlessOfflineEventBridge() } : {}),
    };
    const rows: MatchingRow[] = [];
    for (const rules of OPERATORS) rows.push(await measured(rules, peers, runs));
    return { rows, missing: typeof ruler === "string" ? ruler : undefined };
  } finally {
    if (typeof ruler !== "string") await ruler.stop();
  }
}

async function measured(rules: Rules, peers: Readonly<Record<string, Matching>>, runs: MatchingRuns): Promise<MatchingRow> {
  const { patterns, events } = rulesOf(rules, runs.rules);
  const [hub, few] = [hubMatching(), hubMatching()];
  const expected = JSON.stringify(await hub.load(patterns, events));
  const small = rulesOf(rules, Math.max(4, runs.rules / 100));
  await few.load(small.patterns, small.events);
  const able: [string, Matching][] = [];
  const unable: Record<string, string> = {};
  for (const [name, peer] of Object.entries(peers)) {
    const answer = await peer.load(patterns, events).catch(() => undefined);
    if (JSON.stringify(answer) === expected) able.push([name, peer]);
    else unable[name] = answer ? "matches otherwise" : "fails";
  }
  const times = await inTurn([["hub", hub], ["few", few], ...able], runs);
  const of = (name: string) => times[name] ?? [];
  const measuredPeers = able.map(([name]) => [name, { figure: figureOf(of(name)), ratio: ratioOf(of("hub"), of(name)) }]);
  return {
    ...{ operator: rules.operator, hub: figureOf(of("hub")), few: figureOf(of("few")) },
    peers: { ...unable, ...Object.fromEntries(measuredPeers) },
  };
}

/** A measurement takes a tenth of a second, or one event of a slow peer. */
const LONGEST_US = 100_000;

async function inTurn(subjects: readonly (readonly [string, Matching])[], { rounds, events }: MatchingRuns) {
  const times: Record<string, readonly number[]> = {};
  const many: Record<string, number> = {};
  for (let round = 0; round <= rounds; round += 1)
    for (const [name, subject] of subjects) {
      const known = many[name];
      const each = await subject.run(known ?? 1);
      many[name] ??= Math.max(1, Math.min(events, Math.floor(LONGEST_US / each)));
      if (known === undefined) await subject.run(many[name]);
      else times[name] = [...(times[name] ?? []), each];
    }
  return times;
}

/** @returns Markdown: ratios first, and which peer is missing */
export function matchingText({ rows, missing }: Awaited<ReturnType<typeof measureMatching>>): string {
  const names = [...new Set(rows.flatMap(({ peers }) => Object.keys(peers)))];
  const ratio = (peer: MatchingRow["peers"][string] | undefined) =>
    typeof peer === "object" ? shown(peer.ratio, peer.ratio.median < 0.01 ? 5 : 2) : (peer ?? "–");
  const time = (peer: MatchingRow["peers"][string] | undefined) => (typeof peer === "object" ? shown(peer.figure, 1) : "–");
  const lines = rows.map(({ operator, hub, few, peers }) => {
    const flat = (hub.median / few.median).toFixed(2);
    const cells = [...names.map((name) => ratio(peers[name])), flat, shown(hub, 1), ...names.map((name) => time(peers[name]))];
    return `| ${operator} | ${cells.join(" | ")} |`;
  });
  const heads = [...names.map((name) => `hub / ${name}`), "3,000 / 30 rules", "hub, µs", ...names.map((name) => `${name}, µs`)];
  return [
    ...[`| operator | ${heads.join(" | ")} |`, `|${"---|".repeat(heads.length + 1)}`, ...lines],
    ...(missing === undefined ? [] : ["", `event-ruler: skipped, because ${missing}`]),
  ].join("\n");
}
