import { INPUT_LIFE_SECONDS, LARGEST_BODY_KB } from "../../../protocol/limits.ts";
import type { EventSchemas, RequestInput } from "../../../protocol/run-again.ts";
import { DOCUMENTS, schemasKey } from "../../../protocol/table.ts";
import { conflict } from "../../http/problem.ts";
import type { Table } from "../../ports.ts";
import { sizeOf } from "../../publish/entries.ts";
import { firstEntry } from "../../publish/first-entry.ts";
import { publishAll } from "../../publish/publish-all.ts";
import type { Services } from "../../services.ts";
import { flowNamed, type targetStore } from "../dead-letters/targets.ts";
import { inputOf } from "../ledger/inputs.ts";

type Schema = Readonly<Record<string, unknown>>;
/** The flow as it is deployed now. */
export interface Belongs {
  readonly flow: string;
  readonly graph: string;
}

/**
 * @returns the flow as it is deployed now, and the schema of the input's version, where one is declared
 * @throws HttpProblem 409 where the flow takes no such event
 */
export async function deployedTrigger(
  table: Pick<Table, "get">,
  targets: ReturnType<typeof targetStore>,
  flow: string,
  { name, trigger, version }: Pick<RequestInput, "name" | "trigger" | "version">,
): Promise<Belongs & { readonly schema: Schema | null }> {
  const owner = flowNamed(await targets(), flow);
  if (!owner) throw conflict(`The hub has no flow ${flow} now. Deploy it.`);
  const found = await schemasOf(table, owner.flow, { name, trigger });
  if (!found)
    throw conflict(
      `Flow ${owner.flow} has no trigger ${trigger} that publishes ${name} now. Deploy it, or send the request anew.`,
    );
  const schema = found.schemas[version];
  const lifted = Array.from({ length: Math.max(0, found.version - version) }, (_, n) => version + n);
  if (schema === undefined || lifted.some((step) => found.schemas[step] === undefined))
    throw conflict(
      `The input is ${name} of version ${version}, and flow ${owner.flow} takes version ${found.version} without a lift from it. Add the lift (from), or send the request anew.`,
    );
  return { flow: owner.flow, graph: owner.graph, schema };
}

/** @returns schemas of an event that a trigger publishes; `undefined` where the deployed flow has no such trigger */
export async function schemasOf(
  table: Pick<Table, "get">,
  flow: string,
  { name, trigger }: Pick<RequestInput, "name" | "trigger">,
): Promise<EventSchemas | undefined> {
  const item = await table.get(schemasKey(flow, trigger, name));
  return item && (JSON.parse(String(item[DOCUMENTS.schemas])) as EventSchemas);
}

/** @returns what of the data does not fit, each with its field; `undefined` where it fits, or no schema is declared */
export async function faultsIn(schema: Schema | null, data: unknown): Promise<string | undefined> {
  // ajv is in a file of its own, which no other call loads.
  const { schemaFaults } = await import("./schema-faults.ts");
  return schema ? schemaFaults(schema, data) : undefined;
}

/** @throws HttpProblem 409 where it is not stored */
export async function storedInput(table: Pick<Table, "get">, requestId: string): Promise<RequestInput> {
  const input = await inputOf(table, requestId);
  if (input) return input;
  throw conflict(
    `The input of the request is not stored: it is kept for ${INPUT_LIFE_SECONDS / 86_400} days, and a request that an event of another flow began has none. Send the request anew, or run that flow's request again.`,
  );
}

/** Publishes the first event of a new request. @throws HttpProblem 409 where it is too large */
export async function publishFirst(
  services: Services<unknown>,
  of: Omit<Parameters<typeof firstEntry>[0], "occurredAt">,
): Promise<void> {
  const entry = firstEntry({ ...of, occurredAt: new Date(services.clock.now()).toISOString() });
  if (sizeOf(entry) > LARGEST_BODY_KB * 1_024)
    throw conflict(`The event would be larger than ${LARGEST_BODY_KB} KB. Send the request anew.`);
  await publishAll(services, [entry]);
}
