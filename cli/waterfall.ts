import { attributeOf, endOf, type OtlpSpan, spansIn, startOf } from "../protocol/otlp.ts";
import { durationOf } from "./duration.ts";
import { type Colour, coloured, cut, statusColour, type Terminal } from "./terminal.ts";
import type { Relative, ShownRequest, Traced } from "./trace-source.ts";

/** One line of the waterfall; times in ms since the epoch. */
interface Row {
  readonly depth: number;
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly note: string;
  readonly colour: Colour | undefined;
}

const LEAST_BAR = 20;
const MOST_NAME = 44;

/** @returns the requests with a line for each span, or, where no spans are kept, for each step by the ledger */
export const waterfall = ({ requests, otlp }: Traced, terminal: Terminal): string =>
  requests
    .map((request) => {
      const spans = otlp ? spansIn(otlp).filter((span) => attributeOf(span, "hub.request_id") === request.requestId) : [];
      const rows = spans.length > 0 ? rowsOf(spans) : ledgerRows(request);
      return [headOf(request, spans, terminal), ...drawn(rows, terminal)].join("\n");
    })
    .join("\n\n");

function headOf(request: ShownRequest, spans: readonly OtlpSpan[], to: Terminal) {
  const { requestId, correlationId, flow, status, createdAt, parent, children = [] } = request;
  const relatives = [
    ...(parent ? [`\nopened by ${relativeText(parent)}`] : []),
    ...children.map((child) => `\nopened ${relativeText(child)}`),
  ].join("");
  const shown = coloured(status, statusColour(status), to);
  const trace = spans[0] ? `\ntrace ${spans[0].traceId}` : "";
  return `${flow}  ${shown}  ${createdAt}\nrequest ${requestId}${correlationId === requestId ? "" : `  correlation ${correlationId}`}${trace}${relatives}`;
}

const relativeText = ({ requestId, flow, status }: Relative) => `${flow}  ${status}  request ${requestId}`;

/** Depth first, children by their start; a span whose parent is not known is a root. */
function rowsOf(spans: readonly OtlpSpan[]): readonly Row[] {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const children = Map.groupBy(spans, ({ parentSpanId }) =>
    parentSpanId !== undefined && known.has(parentSpanId) ? parentSpanId : "",
  );
  const below = (parent: string, depth: number): readonly Row[] =>
    [...(children.get(parent) ?? [])]
      .sort((a, b) => startOf(a) - startOf(b) || endOf(a) - endOf(b))
      .flatMap((span) => [rowOf(span, depth), ...below(span.spanId, depth + 1)]);
  return below("", 0);
}

function rowOf(span: OtlpSpan, depth: number): Row {
  const attempt = Number(attributeOf(span, "hub.attempt") ?? 1);
  const notes = [
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ...[attributeOf(span, "http.response.status_code") ?? []].flat(),
    ...(Number(attributeOf(span, "hub.rate_limit_wait_ms") ?? 0) > 0
      ? [`waited ${durationOf(Number(attributeOf(span, "hub.rate_limit_wait_ms")))} for its turn`]
      : []),
    ...(span.links.length > 0 ? [`links to ${span.links.length}`] : []),
    ...(span.status.message === undefined ? [] : [`${attributeOf(span, "error.type") ?? "failed"}: ${span.status.message}`]),
  ];
  const waits = span.name.startsWith("wait");
  return {
    depth,
    name: span.name,
    start: startOf(span),
    end: endOf(span),
    note: notes.join(", "),
    colour: span.status.code === 2 ? "red" : waits ? "dim" : undefined,
  };
}

const ledgerRows = ({ steps = [] }: ShownRequest): readonly Row[] =>
  steps.flatMap(({ step, status, attempts, startedAt, finishedAt, error }) => {
    if (startedAt === null) return [];
    const start = Date.parse(startedAt);
    const notes = [
      status,
      ...(attempts > 1 ? [`${attempts} attempts`] : []),
      ...(error ? [`${error.code}: ${error.message}`] : []),
    ];
    const end = finishedAt === null ? start : Date.parse(finishedAt);
    return [{ depth: 0, name: step, start, end, note: notes.join(", "), colour: error ? "red" : undefined } as const];
  });

function drawn(rows: readonly Row[], terminal: Terminal): readonly string[] {
  if (rows.length === 0) return ["no step has begun"];
  const first = Math.min(...rows.map(({ start }) => start));
  const last = Math.max(...rows.map(({ end }) => end));
  const names = rows.map(({ depth, name }) => cut("  ".repeat(Math.min(depth, 8)) + name, MOST_NAME));
  const nameWidth = Math.max(...names.map(({ length }) => length));
  const barWidth = Math.max(LEAST_BAR, Math.min(60, terminal.width - nameWidth - 34));
  const at = (ms: number) => (last === first ? 0 : ((ms - first) / (last - first)) * barWidth);
  return rows.map(({ start, end, note, colour }, i) => {
    const from = Math.min(barWidth - 1, Math.floor(at(start)));
    const length = Math.max(1, Math.min(barWidth - from, Math.round(at(end) - at(start))));
    const bar = `${" ".repeat(from)}${(end === start ? "·" : "█").repeat(length)}`.padEnd(barWidth);
    const numbers = `${`+${durationOf(start - first)}`.padStart(9)} ${durationOf(end - start).padStart(8)}`;
    const plain = `${names[i]?.padEnd(nameWidth)} ${bar} ${numbers}  `;
    const rest = cut(note, Math.max(12, terminal.width - plain.length));
    return coloured(`${plain}${rest}`.trimEnd(), colour, terminal);
  });
}

/** A Gantt chart of Mermaid. https://mermaid.js.org/syntax/gantt.html */
export function mermaid({ requests, otlp }: Traced): string {
  const lines = requests.flatMap((request) => {
    const spans = otlp ? spansIn(otlp).filter((span) => attributeOf(span, "hub.request_id") === request.requestId) : [];
    const rows = spans.length > 0 ? rowsOf(spans) : ledgerRows(request);
    return [
      `  section ${plainText(`${request.flow} ${request.requestId}`)}`,
      ...rows.map(
        ({ name, start, end, colour }) =>
          `  ${plainText(name)} :${colour === "red" ? "crit, " : ""}${Math.round(start)}, ${Math.max(1, Math.round(end - start))}ms`,
      ),
    ];
  });
  return ["gantt", "  dateFormat x", "  axisFormat %H:%M:%S.%L", ...lines].join("\n");
}

/** Colons, semicolons and commas are syntax. */
const plainText = (text: string): string => text.replaceAll(/[:;,#]/g, " ");
