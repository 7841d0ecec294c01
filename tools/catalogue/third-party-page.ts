import { describeThirdParty } from "../../components/third-party/description.ts";
import { DEFAULT_RETRY, protocolOf } from "../../model/index.ts";
import type { PartyModel } from "./hub-model.ts";
import { code, codes, page, section, table } from "./markdown.ts";
import { schemaTable } from "./schema-table.ts";

export function thirdPartyPage({ adapter, users }: PartyModel): string {
  const protocol = protocolOf(adapter);
  const { baseUrl, auth, secrets, timeout, rateLimit, operations, clientCertificate } = describeThirdParty(adapter, {});
  const { attempts, backoff, ceiling } = adapter.retry ?? DEFAULT_RETRY;
  return page(adapter.name, [
    ...(adapter.summary ? [`${adapter.summary}\n`] : []),
    table(
      ["setting", "value"],
      [
        ...(protocol === undefined
          ? [
              ["base URL", code(baseUrl)],
              ["authentication", `${auth.kind}${clientCertificate ? ", client certificate" : ""}`],
            ]
          : [["protocol", `${code(protocol)}: handlers connect by themselves`]]),
        [
          "secrets",
          Object.entries(secrets)
            .map(([name, keys]) => `${code(name)} (${codes(keys)})`)
            .join(", "),
        ],
        ...(protocol === undefined
          ? [
              ["timeout", timeout],
              ["rate limit", rateLimit ? `${rateLimit.calls} calls per ${rateLimit.per}, all functions together` : "none"],
            ]
          : []),
        ["attempts", `${attempts}, ${backoff} to ${ceiling}`],
        ["calls come from", adapter.egress === "fixed" ? "the stack's fixed addresses" : "any address of AWS"],
      ],
    ),
    section(
      "Used by",
      table(
        ["flow", "by"],
        users.map(({ flow, what }) => [`[${flow}](../flows/${flow}.md)`, what]),
      ),
    ),
    ...(protocol === undefined
      ? [
          section(
            "Operations",
            table(
              ["operation", "call", "idempotency key", "answers"],
              operations.map(({ name, method, path, idempotencyHeader, errors }) => [
                code(name),
                code(`${method} ${path}`),
                idempotencyHeader ? code(idempotencyHeader) : "none",
                codes(["2xx", ...Object.keys(errors)]),
              ]),
            ),
          ),
        ]
      : []),
    ...operations.flatMap(({ name, body, query, returns }) => [
      ...(query ? [section(`${name}: query`, schemaTable(query))] : []),
      ...(body ? [section(`${name}: ${body.type}`, schemaTable(body.schema))] : []),
      section(`${name}: answer`, schemaTable(returns.schema)),
    ]),
  ]);
}
