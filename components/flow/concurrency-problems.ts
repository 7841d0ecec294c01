import type { Flow, Problem } from "../../model/index.ts";
import type { HubConfig } from "../config/config.ts";
import { stepConcurrency } from "./step-concurrency.ts";
import { warmAuthorizers, warmEndpoints } from "./warm-functions.ts";

/** Lambda keeps this much of the account's concurrency unreserved. https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
const UNRESERVED = 100;
const ACCOUNT = 1_000;

/** What the functions reserve must leave 100 of the account's concurrency, and a step can't have more batches at once than what is left. */
export function concurrencyProblems(flows: readonly Flow[], config: HubConfig): readonly Problem[] {
  const { account = ACCOUNT, authorizer = 0, ingress = 0, status = 0, ledger = 0 } = config.concurrency ?? {};
  const webhooks = flows.flatMap(({ triggers }) => Object.values(triggers)).filter(({ kind }) => kind === "webhook").length;
  const warm = warmAuthorizers(flows, config);
  // https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
  if (authorizer > 0 && authorizer < warm)
    return [
      {
        code: "QUOTA",
        where: "config hub:concurrency.authorizer",
        fact: `it reserves ${authorizer}, and ${warm} are kept warm for synchronous endpoints with provisionedConcurrency`,
        remedy: `Reserve ${warm} at least, or leave it out`,
      },
    ];
  const parts = [
    ["authorizer", authorizer],
    ["provisioned concurrency of the authorizer", authorizer > 0 ? 0 : warm],
    [`ingress of ${webhooks} webhooks`, ingress * webhooks],
    ["status", status],
    ["ledger", ledger],
    ["provisioned concurrency of synchronous endpoints", warmEndpoints(flows, config).reduce((sum, { max }) => sum + max, 0)],
  ] as const;
  const reserved = parts.reduce((sum, [, count]) => sum + count, 0);
  const left = account - reserved;
  if (reserved > 0 && left < UNRESERVED) {
    const listed = parts.flatMap(([name, count]) => (count > 0 ? [`${count} (${name})`] : [])).join(" + ");
    return [
      {
        code: "QUOTA",
        where: "config hub:concurrency",
        fact: `${listed} are reserved of the account's ${account}, and Lambda keeps ${UNRESERVED} unreserved`,
        remedy: "Reserve less, or have the quota raised and set hub:concurrency.account",
      },
    ];
  }
  return flows.flatMap((flow) =>
    Object.entries(flow.steps).flatMap(([name, step]): Problem[] => {
      const batches = stepConcurrency(step, config.concurrency?.steps) ?? 0;
      if (batches <= left) return [];
      return [
        {
          code: "QUOTA",
          where: `flow ${flow.name}, step ${name}`,
          fact: `it processes ${batches} batches at once, and the account has ${left} unreserved`,
          remedy: "Set a smaller `concurrency`, or have the quota raised and set hub:concurrency.account",
        },
      ];
    }),
  );
}
