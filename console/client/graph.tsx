import { useState } from "preact/hooks";
import type { Drawing, DrawnEdge, DrawnNode, Health, NodeState } from "../shared/api.ts";
import { GLYPHS } from "./text.ts";

/** Smallest scale at which labels are still read; a wider graph scrolls. */
const SMALLEST = 0.62;

/**
 * The declared graph with what is known of each node.
 * @param dim whether nodes without a state are drawn pale, as of a request that has not reached them
 */
export function Graph({
  drawing,
  states,
  dim = false,
  selected,
  weights = {},
  onPick,
  edges: picking,
  label,
}: {
  readonly drawing: Drawing;
  readonly states: Readonly<Record<string, NodeState>>;
  readonly dim?: boolean;
  readonly selected?: string;
  /** Events a minute by the id of the node that publishes them. */
  readonly weights?: Readonly<Record<string, number>>;
  readonly onPick: (node: DrawnNode) => void;
  /** Key of the open edge, and what opens one. @default edges are not opened */
  readonly edges?: { readonly open: string; readonly onPick: (edge: DrawnEdge) => void };
  readonly label: string;
}) {
  const [atEdge, setAtEdge] = useState(0);
  const { width, height, nodes, edges } = drawing;
  if (nodes.length === 0) return <p class="empty">The graph of this flow is not known.</p>;
  return (
    <div class="graph">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        aria-label={label}
        style={{ width: `${width}px`, minWidth: `${Math.round(width * SMALLEST)}px` }}
      >
        <title>{label}</title>
        <defs>
          {["", "-lit"].map((end) => (
            <marker
              key={end}
              id={`arrow${end}`}
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="9"
              markerHeight="9"
              markerUnits="userSpaceOnUse"
              orient="auto"
            >
              <path class={`arrow${end}`} d="M0 0 8 4 0 8z" />
            </marker>
          ))}
        </defs>
        {edges.map((edge, i) => {
          const isLit = states[edge.from] !== undefined && states[edge.to] !== undefined;
          const isOpen = picking?.open === edgeKey(edge);
          return (
            <g
              key={edgeKey(edge)}
              class={`edge${isLit ? " lit" : dim ? " dim" : ""}${isOpen ? " open" : ""}`}
              {...(picking &&
                opener(
                  edge,
                  () => picking.onPick(edge),
                  i === atEdge,
                  () => setAtEdge(i),
                ))}
            >
              {picking && <path class="hit" d={curve(edge)} />}
              <path
                d={curve(edge)}
                marker-end={`url(#arrow${isLit ? "-lit" : ""})`}
                stroke-width={1.4 + Math.min(4, Math.log2(1 + (weights[edge.from] ?? 0)) * 0.7)}
              />
              {edge.label !== "" && (
                <text x={edge.labelAt[0]} y={edge.labelAt[1] - 4} text-anchor="middle">
                  {edge.label}
                </text>
              )}
            </g>
          );
        })}
        {nodes.map((node) => (
          <Node
            key={node.id}
            node={node}
            state={states[node.id]}
            isDim={dim && !states[node.id]}
            isSelected={node.id === selected}
            onPick={onPick}
          />
        ))}
      </svg>
    </div>
  );
}

/** By which an edge is known in the address. */
export const edgeKey = ({ from, to, label }: DrawnEdge): string => `${from} ${to} ${label}`.trim();

/** Such as `flow orders to third party erp`. */
export const edgeText = ({ from, to, label }: DrawnEdge): string => {
  const end = (id: string) => id.replace(":", " ").replace(/^party /, "third party ");
  return `${end(from)} to ${end(to)}${label === "" ? "" : `: ${label}`}`;
};

/** Tab reaches one edge, and arrows the others: a graph has dozens. */
const opener = (edge: DrawnEdge, open: () => void, isAt: boolean, onFocus: () => void) => ({
  role: "button" as const,
  tabIndex: isAt ? 0 : -1,
  "aria-label": `events from ${edgeText(edge)}`,
  onClick: open,
  onFocus,
  onKeyDown(event: KeyboardEvent) {
    const at = event.currentTarget as SVGGElement;
    if (event.key === "Enter" || event.key === " ") open();
    else if (event.key === "ArrowRight" || event.key === "ArrowDown") focusEdge(at.nextElementSibling);
    else if (event.key === "ArrowLeft" || event.key === "ArrowUp") focusEdge(at.previousElementSibling);
    else return;
    event.preventDefault();
  },
});
const focusEdge = (element: Element | null): void => {
  if (element?.classList.contains("edge")) (element as SVGGElement).focus();
};

function Node({
  node,
  state,
  isDim,
  isSelected,
  onPick,
}: {
  readonly node: DrawnNode;
  readonly state: NodeState | undefined;
  readonly isDim: boolean;
  readonly isSelected: boolean;
  readonly onPick: (node: DrawnNode) => void;
}) {
  const { kind, label, detail, x, y, width, height } = node;
  const health: Health = state?.health ?? "idle";
  const second = state && kind !== "event" ? state.text : detail;
  const radius = kind === "event" || kind === "trigger" ? height / 2 : 9;
  return (
    // biome-ignore lint/a11y/useSemanticElements: SVG has no button
    <g
      class={`node ${kind} ${state ? health : "none"}${isDim ? " dim" : ""}${isSelected ? " selected" : ""}`}
      transform={`translate(${x} ${y})`}
      role="button"
      tabIndex={0}
      aria-label={`${kind === "party" ? "third party" : kind} ${label}: ${state?.text ?? detail}`}
      onClick={() => onPick(node)}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        onPick(node);
      }}
    >
      <title>{`${label}: ${state?.text ?? detail}`}</title>
      <rect width={width} height={height} rx={radius} />
      {kind === "step" || kind === "flow" ? <rect class="bar" x={0} y={9} width={4} height={height - 18} rx={2} /> : null}
      <text class="label" x={width / 2} y={kind === "event" ? height / 2 + 4.5 : height / 2 - 3} text-anchor="middle">
        {label}
      </text>
      {kind !== "event" && (
        <text class="detail" x={width / 2} y={height / 2 + 14} text-anchor="middle">
          {second}
        </text>
      )}
      {state && (
        <g class="mark" transform={`translate(${width - 4} 4)`}>
          <circle r="8" />
          <text y="4" text-anchor="middle">
            {GLYPHS[health]}
          </text>
        </g>
      )}
    </g>
  );
}

/** Through the middles between dagre's points. */
function curve({ points }: DrawnEdge): string {
  const [first, ...rest] = points;
  if (!first || rest.length === 0) return "";
  const parts = rest.map(([x, y], i) => {
    const next = rest[i + 1];
    return next ? `Q${x} ${y} ${(x + next[0]) / 2} ${(y + next[1]) / 2}` : `L${x} ${y}`;
  });
  return `M${first[0]} ${first[1]}${parts.join("")}`;
}
