import {
  adaptersOf,
  checkFlow,
  checkHub,
  checkShapes,
  DeclarationError,
  type Flow,
  isConnection,
  type Problem,
  secretsOfAdapter,
} from "../../model/index.ts";
import { withoutIssuer } from "../config/callers.ts";
import type { HubConfig } from "../config/config.ts";
import type { FlowEntry } from "../core/flow-entry.ts";

/**
 * @returns what is wrong with each flow by itself, on this stack
 * @throws DeclarationError for flows of the wrong shape, on which the checks of the whole hub rely
 */
export function flowProblems(flows: readonly Flow[], { jwt }: HubConfig): readonly Problem[] {
  const malformed = flows.flatMap(checkShapes);
  if (malformed.length > 0) throw new DeclarationError(malformed);
  return flows.flatMap((flow) => [...checkFlow(flow), ...withoutIssuer(flow, jwt)]);
}

/** @param name the name that a flow's resources get */
export const nameProblems = (name: string): readonly Problem[] =>
  /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) && name.length <= 24
    ? []
    : [
        {
          code: "NAME",
          where: `IntegrationFlow ${name}`,
          fact: "the name is not kebab-case of at most 24 characters",
          remedy: 'Name it like "order-to-erp", for AWS names start with it',
        },
      ];

/** Flows with different names of their own, whose resources would get the same names. */
export const sharedNames = (entries: readonly FlowEntry[]): readonly Problem[] =>
  entries
    .filter(({ name, flow }, i) => entries.findIndex((other) => other.name === name && other.flow.name !== flow.name) > i)
    .map(({ name }) => ({
      code: "NAME",
      where: `IntegrationFlow ${name}`,
      fact: "two flows get this name",
      remedy: "Give each flow a name of its own",
    }));

/** Clashing names, routes and adapters. An import without a publisher is no clash: a flow that joins later may publish it. */
export const clashes = (flows: readonly Flow[]): readonly Problem[] =>
  checkHub(flows).filter(({ code }) => code !== "UNREACHABLE");

/** Settings that no flow uses, or that would reveal a secret address. Because of a misspelt name, the declared address would stay in place, or the secret empty. */
export function unusedSettings(flows: readonly Flow[], { thirdParties, secrets, logLevels }: HubConfig): readonly Problem[] {
  const used = new Set(flows.flatMap((flow) => adaptersOf(flow).map(({ name }) => name)));
  const declared = new Set(flows.flatMap(secretsOf));
  const unused = (setting: string, given: object, known: ReadonlySet<string>, code: Problem["code"], fact: string): Problem[] =>
    Object.keys(given)
      .filter((name) => !known.has(name))
      .map((name) => ({
        code,
        where: `config hub:${setting}, ${name}`,
        fact: `${fact} of this name`,
        remedy: `Use one of ${[...known].sort().join(", ")}`,
      }));
  const secret = flows
    .flatMap((flow) => adaptersOf(flow))
    .filter(
      (adapter) =>
        (typeof adapter.baseUrl !== "string" || isConnection(adapter)) && thirdParties[adapter.name]?.baseUrl !== undefined,
    )
    .map(({ name }) => ({
      code: "SECRET" as const,
      where: `config hub:thirdParties, ${name}`,
      fact: "its address is a secret, and a setting is plain text",
      remedy: "Remove baseUrl here, and store the address in the secret",
    }));
  return [
    ...secret,
    ...unused("thirdParties", thirdParties, used, "ADAPTER", "no flow uses a third party"),
    ...unused("secrets", secrets, declared, "SECRET", "no flow uses a secret"),
    ...unused("logLevels", logLevels, new Set(flows.map(({ name }) => name)), "NAME", "the program has no flow"),
  ];
}

/** Names of the secrets that a flow declares. */
export const secretsOf = (flow: Flow): readonly string[] => [
  ...adaptersOf(flow).flatMap((adapter) => [...secretsOfAdapter(adapter).keys()]),
  ...Object.values(flow.triggers).flatMap((trigger) => (trigger.kind === "webhook" ? [trigger.verify.secret] : [])),
];
