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
  label,
}: {
  readonly drawing: Drawing;
  readonly states: Readonly<Record<string, NodeState>>;
  readonly dim?: boolean;
  readonly selected?: string;
  /** Events a minute by the id of the node that publishes them. */
  readonly weights?: Readonly<Record<string, number>>;
  readonly onPick: (node: DrawnNode) => void;
  readonly label: string;
}) {
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
        {edges.map((edge) => {
          const isLit = states[edge.from] !== undefined && states[edge.to] !== undefined;
          return (
            <g key={`${edge.from} ${edge.to} ${edge.label}`} class={`edge${isLit ? " lit" : dim ? " dim" : ""}`}>
              <path
                d={curve(edge)}
                marker-end={`url(#arrow${isLit ? "-lit" : ""})`}
                stroke-width={1.4 + Math.min(4, Math.log2(1 + (weights[edge.from] ?? 0)) * 0.7)}
              />
              {edge.label !== "" && (
                <text x={middle(edge)[0]} y={middle(edge)[1] - 6} text-anchor="middle">
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

const middle = ({ points }: DrawnEdge): readonly [number, number] => points[Math.floor(points.length / 2)] ?? [0, 0];
