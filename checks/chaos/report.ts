import { KINDS } from "./fault-kinds.ts";
import type { Observation } from "./observation.ts";
import type { Finding } from "./verdict.ts";

/** Most counterexamples of a claim that are printed. */
const SHOWN = 10;

/** @returns the table of a run and its claims with counterexamples; the last lines are in mocha's format */
export function report(
  { seen, journal, repeatedCalls, effects, deadLettersInCalm, deadLettersAfterRedrive }: Observation,
  findings: readonly Finding[],
): string {
  const countOf = (kind: string) => journal.filter((entry) => entry.kind === kind).length;
  const lost = seen.filter(({ statusAtEnd }) => statusAtEnd === undefined).length;
  return [
    ...table("requests", [...counted(seen.map(({ asked }) => asked.kind)), ["all", seen.length]]),
    ...table(
      "faults",
      KINDS.map((kind) => [kind, countOf(kind)]),
    ),
    ...table("ends", counted(seen.map(({ statusAtEnd }) => statusAtEnd))),
    ...table("nothing lost, nothing twice", [
      ["requests sent more than once", seen.filter(({ sent }) => sent > 1).length],
      ["duplicates absorbed by delivery records", countOf("absorbed-by-hub")],
      ["duplicates absorbed by third parties", repeatedCalls],
      ["effects at third parties", effects.length],
      ["open dead letters in the calm", deadLettersInCalm.length],
      ["open dead letters after the redrive", deadLettersAfterRedrive.length],
      ["lost", lost],
    ]),
    "",
    ...claims(findings),
  ].join("\n");
}

/** The claims with counterexamples; the last lines are in mocha's format. */
export function claims(findings: readonly Finding[]): readonly string[] {
  const holding = findings.filter(({ counterexamples }) => counterexamples.length === 0);
  return [
    ...findings.flatMap(({ claim, counterexamples }) => [
      `  ${counterexamples.length === 0 ? "✔" : "✘"} ${claim}`,
      ...counterexamples.slice(0, SHOWN).map((counterexample) => `      ${counterexample}`),
      ...(counterexamples.length > SHOWN ? [`      … and ${counterexamples.length - SHOWN} more`] : []),
    ]),
    "",
    `  ${holding.length} passing`,
    ...(holding.length < findings.length ? [`  ${findings.length - holding.length} failing`] : []),
  ];
}

/** @returns how many there are of each value */
export const counted = (values: readonly (string | undefined)[]): readonly Row[] =>
  [...Map.groupBy(values, (value) => value ?? "unknown")].sort().map(([value, all]): Row => [value, all.length]);

type Row = readonly [name: string, count: number];

export const table = (title: string, rows: readonly Row[]) => [
  "",
  title,
  ...rows.map(([name, count]) => `  ${name.padEnd(42)} ${String(count).padStart(7)}`),
];
