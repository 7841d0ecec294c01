import { KINDS } from "./faults.ts";
import type { Observation } from "./observation.ts";
import type { Finding } from "./verdict.ts";

/** At most so many of what speaks against a claim are printed. */
const SHOWN = 10;

/** @returns the table of a run, and its claims with what speaks against them; the last lines are mocha's */
export function report(
  { seen, journal, repeatedCalls, effects, lettersInCalm, lettersAfterRedrive }: Observation,
  findings: readonly Finding[],
): string {
  const struck = (kind: string) => journal.filter((entry) => entry.kind === kind).length;
  const counted = (values: readonly (string | undefined)[]) =>
    [...Map.groupBy(values, (value) => value ?? "unknown")].sort().map(([value, all]): Row => [value, all.length]);
  const lost = seen.filter(({ statusAtEnd }) => statusAtEnd === undefined).length;
  const holding = findings.filter(({ against }) => against.length === 0);
  return [
    ...table("requests", [...counted(seen.map(({ asked }) => asked.kind)), ["all", seen.length]]),
    ...table(
      "faults",
      KINDS.map((kind) => [kind, struck(kind)]),
    ),
    ...table("ends", counted(seen.map(({ statusAtEnd }) => statusAtEnd))),
    ...table("nothing lost, nothing twice", [
      ["requests sent more than once", seen.filter(({ sent }) => sent > 1).length],
      ["duplicates absorbed by delivery records", struck("absorbed-by-hub")],
      ["duplicates absorbed by third parties", repeatedCalls],
      ["effects at third parties", effects.length],
      ["open dead letters in the calm", lettersInCalm.length],
      ["open dead letters after the redrive", lettersAfterRedrive.length],
      ["lost", lost],
    ]),
    "",
    ...findings.flatMap(({ claim, against }) => [
      `  ${against.length === 0 ? "✔" : "✘"} ${claim}`,
      ...against.slice(0, SHOWN).map((one) => `      ${one}`),
      ...(against.length > SHOWN ? [`      … and ${against.length - SHOWN} more`] : []),
    ]),
    "",
    `  ${holding.length} passing`,
    ...(holding.length < findings.length ? [`  ${findings.length - holding.length} failing`] : []),
  ].join("\n");
}

type Row = readonly [name: string, count: number];

const table = (title: string, rows: readonly Row[]) => [
  "",
  title,
  ...rows.map(([name, count]) => `  ${name.padEnd(42)} ${String(count).padStart(7)}`),
];
