import { targetText } from "../protocol/holds.ts";
import { OPS_ROUTES } from "../protocol/routes.ts";
import { alarmText, outcomeText, ringing, type WindowOutcomes } from "../protocol/slo.ts";
import type { FlowStatus, HubStatus, StepStatus } from "../protocol/status.ts";
import type { Connection } from "./connection.ts";
import { durationOf } from "./duration.ts";
import { flowIn } from "./known-flows.ts";
import { call } from "./ops-client.ts";
import { table } from "./table.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";
import { coloured, type Terminal } from "./terminal.ts";
import { timerLine } from "./timers.ts";

/** `npm run hub -- status`: how the hub stands at this moment. @returns the text to print */
export async function status(
  hub: Connection,
  { flow, json }: Readonly<Record<string, unknown>>,
  { to, telemetry }: { readonly to: Terminal; readonly telemetry: () => Promise<Telemetry> },
): Promise<string> {
  const found = await call<HubStatus>(hub, OPS_ROUTES.status);
  const flows = flow === undefined ? found.flows : [flowIn(found.flows, flow)];
  const [ages, outcomes] = await Promise.all([agesOf(flows, telemetry), outcomesOf(found.table, flows, telemetry)]);
  if (json === true)
    return JSON.stringify(
      { ...found, flows: flows.map((one) => ({ ...withAges(one, ages), objective: withOutcomes(one, outcomes) })) },
      null,
      2,
    );
  return [
    ...flowLines(flows, ages, { to, whole: flow !== undefined }),
    ...timerLines(flows, to),
    ...objectiveLines(flows, outcomes, to),
    ...otherLines(found, to),
  ].join("\n");
}

type Ages = ReadonlyMap<string, number> | undefined;

/** SQS says it to CloudWatch alone: without its credentials the rest is shown all the same. */
const agesOf = (flows: readonly FlowStatus[], telemetry: () => Promise<Telemetry>): Promise<Ages> =>
  telemetry()
    .then(({ oldest }) => oldest(flows.flatMap(({ steps }) => steps.map(({ queue }) => queue))))
    .catch(() => undefined);

const withAges = (flow: FlowStatus, ages: Ages) => ({
  ...flow,
  steps: flow.steps.map((step) => ({ ...step, oldestSeconds: ages?.get(step.queue) ?? null })),
});

type ByFlow = ReadonlyMap<string, WindowOutcomes> | undefined;

/** CloudWatch has them, too. @param table `undefined`: the hub was deployed before it said its table's name */
async function outcomesOf(
  table: string | undefined,
  flows: readonly FlowStatus[],
  telemetry: () => Promise<Telemetry>,
): Promise<ByFlow> {
  const names = flows.flatMap(({ flow, objective }) => (objective ? [flow] : []));
  if (names.length === 0 || table === undefined) return undefined;
  return telemetry()
    .then(({ outcomes }) => outcomes(table, names))
    .catch(() => undefined);
}

function withOutcomes({ flow, objective }: FlowStatus, byFlow: ByFlow) {
  if (!objective) return null;
  const outcomes = byFlow?.get(flow);
  return { ...objective, outcomes: outcomes ?? null, rings: outcomes ? ringing(objective, outcomes) : null };
}

/** Each objective, with the requests of the alarms' longest window. */
function objectiveLines(flows: readonly FlowStatus[], byFlow: ByFlow, to: Terminal): readonly string[] {
  const lines = flows.flatMap(({ flow, objective }) => {
    if (!objective) return [];
    const outcomes = byFlow?.get(flow);
    const rung = outcomes ? ringing(objective, outcomes) : [];
    const line = `${flow}  ${objective.for} within ${objective.completedWithin}: ${outcomes ? outcomeText(objective, outcomes) : "not known"}`;
    return [coloured([line, ...rung.map(alarmText)].join(", "), rung.length > 0 ? "red" : undefined, to)];
  });
  return lines.length === 0 ? [] : ["", coloured("OBJECTIVES", "dim", to), ...lines];
}

/** Each flow, and of its steps those that have something, or all. */
function flowLines(flows: readonly FlowStatus[], ages: Ages, { to, whole }: { readonly to: Terminal; readonly whole: boolean }) {
  const rows = flows.flatMap(({ flow, steps, deadLetters }) => [
    rowOf(flow, steps, deadLetters, ages),
    ...steps.filter((step) => whole || isBusy(step)).map((step) => rowOf(`  ${step.step}`, [step], step.deadLetters, ages)),
  ]);
  const colours = rows.map((row) => (row[5] !== "0" ? ("red" as const) : undefined));
  return table(["FLOW", "VISIBLE", "IN FLIGHT", "DELAYED", "OLDEST", "DEAD LETTERS"], rows, to.fits ? to.width : undefined)
    .split("\n")
    .map((line, i) => coloured(line, i === 0 ? "dim" : colours[i - 1], to));
}

const isBusy = ({ depth, deadLetters }: StepStatus): boolean =>
  deadLetters > 0 || depth === null || depth.visible + depth.inFlight + depth.delayed > 0;

function rowOf(name: string, steps: readonly StepStatus[], deadLetters: number, ages: Ages): readonly string[] {
  const sum = (of: "visible" | "inFlight" | "delayed") =>
    steps.some(({ depth }) => depth === null) ? "?" : String(steps.reduce((total, { depth }) => total + (depth?.[of] ?? 0), 0));
  const known = steps.map(({ queue }) => ages?.get(queue)).filter((age) => age !== undefined);
  const oldest =
    ages === undefined ? "?" : known.length === 0 || Math.max(...known) === 0 ? "-" : durationOf(Math.max(...known) * 1_000);
  return [name, sum("visible"), sum("inFlight"), sum("delayed"), oldest, String(deadLetters)];
}

function timerLines(flows: readonly FlowStatus[], to: Terminal): readonly string[] {
  const lines = flows.flatMap(({ flow, timers }) =>
    timers.map((timer) => coloured(timerLine(flow, timer), timer.poll?.lastRun?.ended === "failed" ? "red" : undefined, to)),
  );
  return lines.length === 0 ? [] : ["", coloured("SCHEDULES AND POLLS", "dim", to), ...lines];
}

function otherLines({ at, thirdParties, holds, deadLetters }: HubStatus, to: Terminal): readonly string[] {
  const ago = (moment: string) => durationOf(Math.max(0, Date.parse(at) - Date.parse(moment)));
  const { open, oldest, counted } = deadLetters;
  return [
    ...(thirdParties.length === 0 ? [] : ["", coloured("THIRD PARTIES", "dim", to)]),
    ...thirdParties.map(({ name, breaker, failures, openUntil }) => {
      const more =
        openUntil !== null ? `, is called again at ${openUntil}` : breaker === "half-open" ? ", the next call is a probe" : "";
      const row = `${name}  ${breaker}${failures > 0 ? `, ${failures} failures in a row` : ""}${more}`;
      return coloured(row, breaker === "open" ? "red" : breaker === "half-open" ? "yellow" : undefined, to);
    }),
    ...(holds.length === 0 ? [] : ["", coloured("HELD", "dim", to)]),
    ...holds.map((hold) => coloured(`${targetText(hold)}  until ${hold.until}, by ${hold.by}: ${hold.why}`, "yellow", to)),
    "",
    open === 0
      ? "no open dead letters"
      : coloured(
          `${open} open dead letter${open === 1 ? "" : "s"}, the oldest for ${oldest === null ? "?" : ago(oldest)}`,
          "red",
          to,
        ),
    ...(counted < open ? [`By flow, the newest ${counted} are counted.`] : []),
  ];
}
