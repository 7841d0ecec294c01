import { graphlib, layout } from "@dagrejs/dagre";
import { describeFilter } from "../../model/filter/describe.ts";
import { awaitsIn, type FlowGraph, type StepNode, startOf, type TriggerNode } from "../../model/graph.ts";
import { triggerStep } from "../../protocol/first-event.ts";
import type { Drawing, DrawnEdge, DrawnNode, NodeKind, PassingEvents } from "../shared/api.ts";

type Box = Pick<DrawnNode, "id" | "kind" | "label" | "detail">;
interface Line {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
  readonly events: PassingEvents;
}

const HEIGHTS: Readonly<Record<NodeKind, number>> = { trigger: 48, event: 30, step: 48, party: 48, flow: 56 };
/** Of a character at the page's text size, and on both sides together. */
const CHARACTER = 7.3;
const PADDING = 28;
/** Of an edge's label: width of a character, and height. */
const SMALL_CHARACTER = 6;
const LABEL_HEIGHT = 24;

const widthOf = ({ kind, label, detail }: Box): number =>
  Math.max(
    kind === "event" ? 60 : kind === "step" || kind === "flow" ? 150 : 110,
    Math.ceil(Math.max(label.length, detail.length * 0.9) * CHARACTER) + PADDING,
  );

/** Around the drawing. */
const MARGIN = 12;

interface Point {
  readonly x: number;
  readonly y: number;
}
/** What dagre notes of an edge. */
interface LaidOut extends Partial<Point> {
  readonly points?: readonly Point[];
}
/** dagre keeps it free of boxes. */
const roomFor = (label: string) =>
  label === "" ? {} : { width: Math.ceil(label.length * SMALL_CHARACTER), height: LABEL_HEIGHT, labelpos: "c" };

/** Lays boxes out from left to right. https://github.com/dagrejs/dagre/wiki */
function drawing(boxes: readonly Box[], lines: readonly Line[]): Drawing {
  const graph = new graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: 22, ranksep: 44, edgesep: 14, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const box of boxes) graph.setNode(box.id, { width: widthOf(box), height: HEIGHTS[box.kind] });
  const known = new Set(boxes.map(({ id }) => id));
  const drawn = lines.filter(({ from, to }) => known.has(from) && known.has(to));
  for (const { from, to, label = "" } of drawn) graph.setEdge(from, to, roomFor(label), label || undefined);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  const laidOut = ({ from, to, label }: Line) => graph.edge(from, to, label || undefined) as LaidOut;
  const pointsOf = (line: Line): readonly Point[] => laidOut(line).points ?? [];
  // dagre counts boxes alone: an edge that passes above or below all of them would be cut.
  const heights = drawn.flatMap((line) => pointsOf(line).map(({ y }) => y));
  const above = Math.max(0, Math.ceil(MARGIN - Math.min(MARGIN, ...heights)));
  return {
    width: Math.ceil(width),
    height: above + Math.ceil(Math.max(height, ...heights.map((y) => y + MARGIN))),
    nodes: boxes.map((box) => {
      const { x = 0, y = 0, width = 0, height = 0 } = graph.node(box.id) as Partial<DrawnNode>;
      return { ...box, x: Math.round(x - width / 2), y: above + Math.round(y - height / 2), width, height };
    }),
    edges: drawn.map((line): DrawnEdge => {
      const { from, to, label = "", events } = line;
      const points = pointsOf(line).map(({ x, y }) => [Math.round(x), above + Math.round(y)] as const);
      const { x = 0, y = 0 } = laidOut(line);
      return { from, to, label, events, points, labelAt: [Math.round(x), above + Math.round(y)] };
    }),
  };
}

const listOf = (names: string | readonly string[]): readonly string[] => (typeof names === "string" ? [names] : names);
const drawings = new Map<string, Drawing>();

/** @returns the drawing of a flow; each version of a graph is laid out once */
export function flowDrawing(graph: FlowGraph): Drawing {
  const text = JSON.stringify(graph);
  const known = drawings.get(text);
  if (known) return known;
  const made = drawFlow(graph);
  drawings.set(text, made);
  return made;
}

const partyBox = ({ name, protocol }: FlowGraph["adapters"][number]): Box => ({
  id: `party:${name}`,
  kind: "party",
  label: name,
  detail: protocol ?? "third party",
});

function drawFlow({ flow, triggers, events, steps, adapters }: FlowGraph): Drawing {
  const boxes: readonly Box[] = [
    ...triggers.map(
      (trigger): Box => ({ id: triggerStep(trigger.name), kind: "trigger", label: trigger.name, detail: startOf(trigger) }),
    ),
    ...events.map(
      ({ name, version, imported }): Box => ({
        id: `event:${name}`,
        kind: "event",
        label: name,
        detail: imported ? "of another flow" : `v${version}`,
      }),
    ),
    ...steps.map((step): Box => ({ id: `step:${step.name}`, kind: "step", label: step.name, detail: detailOf(step) })),
    ...adapters.map(partyBox),
  ];
  const lines: readonly Line[] = [
    ...triggers.flatMap((trigger) => {
      const { names, by } = publishedBy(flow, trigger);
      return [
        ...names.map((name) => ({ from: triggerStep(trigger.name), to: `event:${name}`, events: { names: [name], by } })),
        ...usedBy(trigger).map((party) => ({ from: triggerStep(trigger.name), to: `party:${party}`, events: { names, by } })),
      ];
    }),
    ...steps.flatMap(({ name, on, emits, uses }) => {
      const taken = awaitsIn({ on });
      const passing = (names: readonly string[], hasCondition: boolean): PassingEvents => ({
        names,
        ...(hasCondition && { to: { flow, step: name } }),
      });
      return [
        ...taken.map(({ event, when }) => ({
          from: `event:${event}`,
          to: `step:${name}`,
          ...(when && { label: describeFilter(when) }),
          events: passing([event], when !== undefined),
        })),
        ...emits.map((event) => ({
          from: `step:${name}`,
          to: `event:${event}`,
          events: { names: [event], by: { flow, step: name } },
        })),
        ...uses.map((party) => ({
          from: `step:${name}`,
          to: `party:${party}`,
          events: passing(
            takenBy({ on }),
            taken.some(({ when }) => when !== undefined),
          ),
        })),
      ];
    }),
  ];
  return drawing(boxes, lines);
}

const publishedBy = (flow: string, { name, emits }: TriggerNode) => ({
  names: listOf(emits),
  by: { flow, step: triggerStep(name) },
});
const usedBy = (trigger: TriggerNode): readonly string[] => ("uses" in trigger ? (trigger.uses ?? []) : []);
const takenBy = ({ on }: Pick<StepNode, "on">): readonly string[] => [...new Set(awaitsIn({ on }).map(({ event }) => event))];

const detailOf = ({ on, serial, compensates }: StepNode): string =>
  [
    on.kind === "join"
      ? `join of ${on.counted ? on.counted.field : Object.keys(on.parts).length}${on.within === null ? "" : `, ${on.within}`}`
      : "step",
    ...(serial === undefined ? [] : [`by ${serial}`]),
    ...(compensates ? ["compensates"] : []),
  ].join(" · ");

/** @returns the map of all flows: triggers on the left, third parties on the right */
export function hubDrawing(graphs: readonly FlowGraph[]): Drawing {
  const publishers = new Map(
    graphs.flatMap(({ flow, events }) => events.filter(({ imported }) => !imported).map(({ name }) => [name, flow] as const)),
  );
  const boxes: readonly Box[] = [
    ...graphs.flatMap(({ flow, triggers }) =>
      triggers.map(
        (trigger): Box => ({
          id: triggerStep(`${flow}/${trigger.name}`),
          kind: "trigger",
          label: startOf(trigger),
          detail: trigger.kind,
        }),
      ),
    ),
    ...graphs.map(
      ({ flow, steps }): Box => ({
        id: `flow:${flow}`,
        kind: "flow",
        label: flow,
        detail: `${steps.length} step${steps.length === 1 ? "" : "s"}`,
      }),
    ),
    ...new Map(graphs.flatMap(({ adapters }) => adapters.map((adapter) => [adapter.name, partyBox(adapter)] as const))).values(),
  ];
  const lines: readonly Line[] = graphs.flatMap(({ flow, triggers, events, steps, adapters }) => [
    ...triggers.map((trigger) => ({
      from: triggerStep(`${flow}/${trigger.name}`),
      to: `flow:${flow}`,
      events: publishedBy(flow, trigger),
    })),
    ...events.flatMap(({ name, imported }) => {
      const publisher = imported ? publishers.get(name) : undefined;
      return publisher === undefined
        ? []
        : [{ from: `flow:${publisher}`, to: `flow:${flow}`, label: name, events: { names: [name] } }];
    }),
    ...adapters.map(({ name: party }) => {
      const taken = steps.filter(({ uses }) => uses.includes(party)).flatMap(takenBy);
      const polled = triggers.filter((trigger) => usedBy(trigger).includes(party)).flatMap(({ emits }) => listOf(emits));
      return { from: `flow:${flow}`, to: `party:${party}`, events: { names: [...new Set([...taken, ...polled])] } };
    }),
  ]);
  return drawing(boxes, lines);
}
