import type { Policies } from "@pulumi/policy";

/** @returns the Markdown table of policies in docs/policies.md */
export const tableOf = (policies: Policies): string =>
  [
    "| policy | requirement | mirrored rules of cdk-nag |",
    "|---|---|---|",
    ...policies.map(
      ({ name, description, tags = [] }) =>
        `| \`${name}\` | ${description} | ${tags.map((tag) => tag.replace(/^cdk-nag:/, "")).join(", ")} |`,
    ),
  ].join("\n");
