import { cpus, totalmem } from "node:os";
import { type Figure, figureOf, ratioOf, shown } from "./figures.ts";

/** One row: the same thing measured for the hub and for what it is compared with, in turns. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly hub: Figure;
  readonly peers: readonly Peer[];
}

/** What the hub is compared with: its figure, or why there is none. */
export type Peer =
  | { readonly name: string; readonly figure: Figure; readonly ratio: Figure }
  | { readonly name: string; readonly missing: string };

/** What was measured of the hub and of each of its peers, by name, in turns. */
export type InTurns<Measured> = Readonly<Record<string, readonly Measured[]>>;

/** A column of what was measured in turns. */
export interface Column<Measured> {
  readonly what: string;
  readonly unit: string;
  readonly of: (measured: Measured) => number;
}

/** @param missing why a peer was not measured, by name @returns a row for each column */
export function rowsInTurns<Measured>(
  times: InTurns<Measured>,
  missing: Readonly<Record<string, string>>,
  columns: readonly Column<Measured>[],
): readonly Row[] {
  const names = [...new Set([...Object.keys(times), ...Object.keys(missing)])].filter((name) => name !== "hub");
  return columns.map(({ what, unit, of }) => {
    const values = (name: string) => (times[name] ?? []).map(of);
    const hub = values("hub");
    const peers = names.map((name): Peer => {
      const reason = missing[name];
      return reason === undefined
        ? { name, figure: figureOf(values(name)), ratio: ratioOf(hub, values(name)) }
        : { name, missing: reason };
    });
    return { what, unit, hub: figureOf(hub), peers };
  });
}

/** @returns what the work returned, or why a peer can't be measured: the first line of its error */
export const orReason = <T extends object>(work: () => Promise<T>): Promise<T | string> => work().catch(reasonOf);

export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "no reason";

/** @returns Markdown: ratios first */
export function table(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ what, unit, hub, peers }) =>
    peers.map((peer) => {
      const [ratio, figure] =
        "missing" in peer ? ["not measured", peer.missing] : [shown(peer.ratio, 2), shown(peer.figure, digitsOf(peer.figure))];
      return `| ${what} | ${peer.name} | ${ratio} | ${shown(hub, digitsOf(hub))} | ${figure} | ${unit} |`;
    }),
  );
  return ["| what | compared with | hub / peer | hub | peer | unit |", "|---|---|---|---|---|---|", ...lines].join("\n");
}

const digitsOf = ({ median }: Figure) => (median < 10 ? 1 : 0);

/** @returns one line about the machine, its load included: a busy machine's times say little, its ratios more */
export function machine(load: number): string {
  const [first] = cpus();
  return `${cpus().length} × ${first?.model.trim() ?? "unknown processor"}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}, load ${load.toFixed(1)} at the beginning`;
}

const BAR = 18;
const WIDTH = 640;
const LABEL = 230;

/** @returns an SVG with a bar for each ratio; the line is at 1, where both are equal */
export function plot(rows: readonly Row[]): string {
  const bars = rows.flatMap(({ what, peers }) =>
    peers.flatMap((peer) => ("missing" in peer ? [] : [{ label: `${what} / ${peer.name}`, ratio: peer.ratio }])),
  );
  const largest = Math.max(2, ...bars.map(({ ratio }) => ratio.high));
  const x = (value: number) => LABEL + (value / largest) * (WIDTH - LABEL - 60);
  const height = bars.length * (BAR + 8) + 30;
  const parts = bars.map(({ label, ratio }, i) => {
    const y = 20 + i * (BAR + 8);
    return [
      `<text x="${LABEL - 8}" y="${y + 13}" text-anchor="end">${escaped(label)}</text>`,
      `<rect x="${LABEL}" y="${y}" width="${(x(ratio.median) - LABEL).toFixed(1)}" height="${BAR}" fill="${ratio.median <= 1 ? "#2a7d4f" : "#b3541e"}"/>`,
      `<line x1="${x(ratio.low).toFixed(1)}" x2="${x(ratio.high).toFixed(1)}" y1="${y + BAR / 2}" y2="${y + BAR / 2}" stroke="#111" stroke-width="2"/>`,
      `<text x="${(x(Math.max(ratio.high, ratio.median)) + 6).toFixed(1)}" y="${y + 13}">${ratio.median.toFixed(2)}</text>`,
    ].join("");
  });
  const one = x(1).toFixed(1);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    "<title>The hub's figures as multiples of its peers'</title>",
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ...parts,
    `<line x1="${one}" x2="${one}" y1="10" y2="${height - 10}" stroke="#666" stroke-dasharray="4 3"/>`,
    "</svg>",
  ].join("\n");
}

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/**
 * @param template page with a line `@name` for each part
 * @param given texts of the parts that were measured
 * @param before the page as it was; it keeps the other parts
 * @returns the page, each part between two comments that name it
 */
export function pageOf(template: string, given: Readonly<Record<string, string>>, before: string): string {
  return template.replaceAll(/^@(\w+)$/gm, (_line, name: string) => {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
    const kept = before.split(`${begin}\n\n`)[1]?.split(`\n\n${end}`)[0];
    return [begin, given[name] ?? kept ?? "Not measured yet.", end].join("\n\n");
  });
}
