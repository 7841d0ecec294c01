import type { StepState } from "../../../model/ledger/settle.ts";
import type { Cancellation } from "../../../protocol/cancel.ts";
import type { HoldsPage } from "../../../protocol/holds.ts";
import { OPS_ROUTES, STATUS_ROUTES } from "../../../protocol/routes.ts";
import type { ExportOf } from "../../../protocol/run-again.ts";
import type { HubStatus } from "../../../protocol/status.ts";
import type {
  Counts,
  DeadLetterRow,
  DeliveryView,
  EventRow,
  Relative,
  RequestRow,
  RequestView,
  StepView,
} from "../../shared/api.ts";
import { callHub } from "../call-hub.ts";
import { graphsOf } from "../declared.ts";
import { flowDrawing } from "../drawing.ts";
import { countsOf, statesOf, stepView } from "../request-path.ts";
import { ENDED, RELATED } from "../request-view.ts";
import { waitsOf } from "../waits.ts";
import { deadLettersBy } from "./dead-letters.ts";
import type { DeployedHub } from "./hub.ts";
import { related, rowOf } from "./request-list.ts";

/** Answer of `GET /requests/{requestId}`. */
interface ShownRequest extends Omit<RequestRow, "tenant" | "step" | "error"> {
  readonly traceId: string;
  readonly cancelled?: Cancellation;
  readonly repeats?: string;
  readonly exportOf?: ExportOf;
  readonly ranAgain?: readonly string[];
  readonly parent?: Relative;
  readonly children?: readonly Relative[];
  readonly steps: readonly StepState[];
  readonly events: readonly (Pick<EventRow, "name" | "eventId" | "step"> & { readonly occurredAt: string })[];
  readonly eventCounts?: Counts;
}

/** A request as the API shows it, on the graph that the program of this folder declares. @throws Problem 404 */
export async function requestView(hub: DeployedHub, requestId: string): Promise<RequestView> {
  const shown = (await callHub(hub, STATUS_ROUTES.showRequest, { values: { requestId } })) as ShownRequest;
  const [deadLetters, others] = await Promise.all([
    deadLettersBy(hub, { requestId, state: "any" }),
    related(hub, shown.correlationId, RELATED + 1),
  ]);
  const graph = graphsOf(hub).find(({ flow }) => flow === shown.flow);
  const steps = shown.steps.map(stepView);
  const events = shown.events.map(
    ({ name, eventId, step, occurredAt }): EventRow => ({ place: 0, causationId: "", at: occurredAt, name, eventId, step }),
  );
  const eventCounts = shown.eventCounts ?? countsOf(events);
  const { rows } = deadLetters;
  return {
    request: rowOf(shown),
    traceId: shown.traceId,
    ...(shown.cancelled && { cancelled: shown.cancelled }),
    ...(shown.repeats !== undefined && { repeats: shown.repeats }),
    ...(shown.exportOf && { exportOf: shown.exportOf }),
    ranAgain: shown.ranAgain ?? [],
    ...(shown.parent && { parent: shown.parent }),
    children: shown.children ?? [],
    drawing: graph ? flowDrawing(graph) : { width: 0, height: 0, nodes: [], edges: [] },
    states: graph ? statesOf(graph, steps, eventCounts, rows) : {},
    steps,
    deliveries: steps.flatMap((step) => deliveryOf(step, rows)),
    events,
    eventCounts,
    waits:
      graph && !ENDED.includes(shown.status) ? await waitsOf(apiWaits(hub), { graph, steps, events, deadLetters: rows }) : [],
    deadLetters: rows,
    related: others.filter((one) => one.requestId !== requestId).slice(0, RELATED),
  };
}

/** The API has a step's deliveries as one: from the first one's start to the last one's end. */
function deliveryOf(state: StepView, deadLetters: readonly DeadLetterRow[]): readonly DeliveryView[] {
  const { step, status, attempts, startedAt, finishedAt, error } = state;
  if (startedAt === null) return [];
  const dead = deadLetters.findLast((one) => one.step === step && status === "failed");
  return [
    {
      ...{ step, delivery: "", status, attempts, startedAt, finishedAt: finishedAt ?? startedAt, causedAt: "", emitted: [] },
      ...(error && { error }),
      ...(dead && { deadLetter: dead.id }),
    },
  ];
}

/** The ops API is asked once, and only where a step waits. */
function apiWaits(hub: DeployedHub): Parameters<typeof waitsOf>[0] {
  let status: Promise<HubStatus> | undefined;
  let holds: Promise<HoldsPage> | undefined;
  return {
    now: Date.now(),
    async holds() {
      holds ??= callHub(hub, OPS_ROUTES.listHolds) as Promise<HoldsPage>;
      return (await holds).holds;
    },
    async openUntil(party) {
      status ??= callHub(hub, OPS_ROUTES.status) as Promise<HubStatus>;
      const openUntil = (await status).thirdParties.find(({ name }) => name === party)?.openUntil;
      return openUntil ? Date.parse(openUntil) : undefined;
    },
    attempt: async () => undefined,
  };
}
