import type { Policies } from "@pulumi/policy";

/** @returns the pack as a table in Markdown, which docs/policies.md holds. */
export const tableOf = (policies: Policies): string =>
  [
    "| policy | what has to be so | mirrors of cdk-nag |",
    "|---|---|---|",
    ...policies.map(
      ({ name, description, tags = [] }) =>
        `| \`${name}\` | ${description} | ${tags.map((tag) => tag.replace(/^cdk-nag:/, "")).join(", ")} |`,
    ),
  ].join("\n");
