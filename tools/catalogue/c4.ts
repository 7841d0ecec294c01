import type { HubModel } from "./hub-model.ts";

/** Context and containers of the hub as a LikeC4 model. https://likec4.dev/dsl/model/ */
export function c4({ flows, events, parties }: HubModel): string {
  const id = (kind: string, name: string) => `${kind}_${name.replaceAll(/[^A-Za-z0-9]/g, "_")}`;
  const text = (words: string) => `'${words.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const called = new Map(
    flows.map(({ graph }) => [
      graph.flow,
      graph.triggers.flatMap((trigger) => ("route" in trigger && trigger.kind !== "webhook" ? [trigger.route] : [])),
    ]),
  );
  return [
    "specification {",
    "  element actor",
    "  element system",
    "  element flow",
    "}",
    "model {",
    "  callers = actor 'API callers'",
    "  hub = system 'Integration hub' {",
    ...flows.flatMap(({ flow }) => [
      `    ${id("flow", flow.name)} = flow ${text(flow.name)} {`,
      `      description ${text(flow.summary)}`,
      "    }",
    ]),
    "  }",
    ...parties.map(({ adapter }) => `  ${id("party", adapter.name)} = system ${text(adapter.name)}`),
    ...[...called].flatMap(([flow, routes]) => routes.map((route) => `  callers -> hub.${id("flow", flow)} ${text(route)}`)),
    ...events.flatMap(({ event, flow, consumers }) =>
      [...new Set(consumers.map((consumer) => consumer.flow))]
        .filter((other) => other !== flow)
        .map((other) => `  hub.${id("flow", flow)} -> hub.${id("flow", other)} ${text(event.type)}`),
    ),
    ...parties.flatMap(({ adapter, users }) =>
      [...new Set(users.map(({ flow }) => flow))].map(
        (flow) => `  hub.${id("flow", flow)} -> ${id("party", adapter.name)} 'calls'`,
      ),
    ),
    "}",
    "views {",
    "  view index {",
    "    title 'Integration hub'",
    "    include *, hub.*",
    "  }",
    "}",
    "",
  ].join("\n");
}
