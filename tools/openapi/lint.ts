import { createConfig, lintFromString, type NormalizedProblem } from "@redocly/openapi-core";

/** All recommended rules. */
const RULES = { extends: ["recommended"] };

/** @returns Redocly's errors and warnings, each as `<rule>, <where>: <message>` */
export async function lint(yaml: string): Promise<readonly string[]> {
  const config = await createConfig(RULES);
  return (await lintFromString({ source: yaml, absoluteRef: "docs/openapi.yaml", config })).map(describeProblem);
}

const describeProblem = ({ ruleId, message, location }: NormalizedProblem) =>
  `${ruleId}, ${location[0]?.pointer ?? "#"}: ${message}`;
