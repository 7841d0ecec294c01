import { createConfig, lintFromString, type NormalizedProblem } from "@redocly/openapi-core";

/** Of the recommended rules, none is off. */
const RULES = { extends: ["recommended"] };

/** @returns what Redocly finds wrong, warnings too, each as `<rule>, <where>: <what>` */
export async function lint(yaml: string): Promise<readonly string[]> {
  const config = await createConfig(RULES);
  return (await lintFromString({ source: yaml, absoluteRef: "docs/openapi.yaml", config })).map(tell);
}

const tell = ({ ruleId, message, location }: NormalizedProblem) => `${ruleId}, ${location[0]?.pointer ?? "#"}: ${message}`;
