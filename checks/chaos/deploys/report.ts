import { claims, counted, table } from "../report.ts";
import type { Finding } from "../verdict.ts";
import type { Deployed } from "./verdict.ts";

/** @returns the table of a run and its claims with counterexamples; the last lines are in mocha's format */
export const deployReport = (
  { seen, polled, children, deployed, refused, effects }: Deployed,
  findings: readonly Finding[],
): string =>
  [
    ...table("deployed", [...counted(deployed), ["all", deployed.length]]),
    ...table("refused by the gate", counted(refused.map(({ mistake }) => mistake))),
    ...table("requests", [
      ...counted(seen.map(({ asked, statusAtEnd }) => `${asked.kind}, ${statusAtEnd ?? "unknown"}`)),
      ["under way during a deployment", seen.filter(({ crossed }) => crossed > 0).length],
      ["under way during three or more", seen.filter(({ crossed }) => crossed > 2).length],
      ["begun by the poll", polled.length],
      ["opened in another flow", children.length],
      ["effects at third parties", effects.length],
    ]),
    "",
    ...claims(findings),
  ].join("\n");
