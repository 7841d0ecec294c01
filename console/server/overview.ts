import { isConnection } from "../../model/index.ts";
import { METRIC } from "../../protocol/metrics.ts";
import type { ThirdPartyStatus } from "../../protocol/status.ts";
import { breakerKey } from "../../protocol/table.ts";
import { breakerOf } from "../../runtime/third-party/breaker.ts";
import type { CallFigures, Counts, FlowOverview, Health, Overview, PartyOverview } from "../shared/api.ts";
import { graphsOf, partiesOf } from "./declared.ts";
import { hubDrawing } from "./drawing.ts";
import type { Feed } from "./feed.ts";
import type { ShownHub } from "./hub-port.ts";
import { promiseOf } from "./promises.ts";
import { stateTable } from "./state-table.ts";
import { tableWaits } from "./waits.ts";

/** Events of this time make the rates. */
const RATE_MINUTES = 5;
/** Statuses of requests that need an operator, and how many of these are listed. */
export const ATTENTION = ["blocked", "compensation-failed", "failed"] as const;
export const LISTED = 8;

export async function overviewOf(hub: ShownHub, feed: Feed): Promise<Overview> {
  const now = hub.now();
  const graphs = graphsOf(hub);
  const byFlow = feed.requests.byFlow();
  const open = Object.entries(feed.deadLetters.openByStep());
  const rates = feed.events.byFlowSince(new Date(now - RATE_MINUTES * 60_000).toISOString());
  const parties = await Promise.all(partiesOf(hub).map((party) => partyOverview(hub, party.name)));
  const flows = graphs.map(({ flow, summary, owner, slo }): FlowOverview => {
    const counts = byFlow.get(flow) ?? {};
    const openDeadLetters = open.reduce((sum, [place, n]) => (place.startsWith(`${flow}/`) ? sum + n : sum), 0);
    const perMinute = (rates[flow] ?? 0) / RATE_MINUTES;
    const health = healthOfCounts(counts, openDeadLetters);
    const promise = promiseOf(hub, flow, slo);
    return { flow, summary, owner, counts, messages: null, openDeadLetters, perMinute, health, promise };
  });
  return {
    stack: hub.stack,
    counts: summed([...byFlow.values()]),
    openDeadLetters: open.reduce((sum, [, n]) => sum + n, 0),
    perMinute: Object.values(rates).reduce((sum, n) => sum + n, 0) / RATE_MINUTES,
    flows,
    parties,
    holds: (await tableWaits(stateTable(hub), now).holds()).filter(({ until }) => Date.parse(until) > now),
    alarms: hub.alarms(),
    map: hubDrawing(graphs),
    health: healthOfMap(flows, parties),
    attention: feed.requests.latest(ATTENTION, LISTED),
    index: feed.state(),
  };
}

/** @returns health by node of the map */
export const healthOfMap = (flows: readonly FlowOverview[], parties: readonly PartyOverview[]): Overview["health"] =>
  Object.fromEntries([
    ...flows.map(({ flow, health }) => [`flow:${flow}`, health] as const),
    ...parties.map(({ name, breaker }) => [`party:${name}`, healthOfBreaker(breaker)] as const),
  ]);

const healthOfBreaker = (breaker: PartyOverview["breaker"]): Health =>
  breaker === "none" ? "idle" : breaker === "open" ? "bad" : breaker === "half-open" ? "wait" : "good";

function healthOfCounts(counts: Counts, openDeadLetters: number): Health {
  const of = (...statuses: readonly string[]) => statuses.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
  if (openDeadLetters > 0 || of("blocked", "compensation-failed") > 0) return "bad";
  if (of("compensating") > 0) return "wait";
  if (of("accepted", "running") > 0) return "busy";
  return of("completed", "failed", "compensated") > 0 ? "good" : "idle";
}

function summed(all: readonly Counts[]): Counts {
  const sums: Record<string, number> = {};
  for (const counts of all) for (const [name, n] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + n;
  return sums;
}

/** A third party with the state of its circuit breaker. @throws RangeError for an unknown name */
export const partyOverview = async (hub: ShownHub, name: string): Promise<PartyOverview> =>
  partyPage(hub, name, breakerOf(await stateTable(hub).get(breakerKey(name)), hub.now()), callFigures(hub, name));

const HOUR = 3_600;
/** With more calls a minute, the percentiles of an hour cost milliseconds: they are worked out again after this time only. */
const [MANY, KEPT_MS] = [100, 5_000];
const known = new WeakMap<object, Map<string, { readonly at: number; readonly figures: CallFigures }>>();

function callFigures(hub: Pick<ShownHub, "measured" | "now">, thirdParty: string): CallFigures {
  const latency = (statistic: string, seconds: number) =>
    hub.measured(METRIC.CallMilliseconds, { thirdParty }, statistic, seconds) ?? null;
  const kept = known.get(hub) ?? new Map();
  known.set(hub, kept);
  const before = kept.get(thirdParty);
  if (before && before.figures.perMinute > MANY && hub.now() - before.at < KEPT_MS) return before.figures;
  const figures: CallFigures = {
    perMinute: (latency("SampleCount", RATE_MINUTES * 60) ?? 0) / RATE_MINUTES,
    failed: hub.measured(METRIC.CallErrors, { thirdParty }, "Sum", HOUR) ?? 0,
    p50: latency("p50", HOUR),
    p99: latency("p99", HOUR),
  };
  kept.set(thirdParty, { at: hub.now(), figures });
  return figures;
}

/** @param calls @default they are not measured. @throws RangeError for an unknown name */
export function partyPage(
  hub: Pick<ShownHub, "resources">,
  name: string,
  { breaker, failures, openUntil }: Omit<ThirdPartyStatus, "name">,
  calls: CallFigures | null = null,
): PartyOverview {
  const party = partiesOf(hub).find((one) => one.name === name);
  if (!party) throw new RangeError(`there is no third party ${name}`);
  return {
    name,
    baseUrl: party.baseUrl,
    auth: party.auth.kind,
    rateLimit: party.rateLimit ? `${party.rateLimit.calls} calls in ${party.rateLimit.per}` : "",
    breaker: isConnection(party) ? "none" : breaker,
    failures,
    openUntil: openUntil ?? "",
    calls: isConnection(party) ? null : calls,
    users: graphsOf(hub).flatMap(({ flow, steps, triggers }) => [
      ...steps.flatMap((step) => (step.uses.includes(name) ? [`${flow} / ${step.name}`] : [])),
      ...triggers.flatMap((trigger) => ("uses" in trigger && trigger.uses?.includes(name) ? [`${flow} / ${trigger.name}`] : [])),
    ]),
  };
}
