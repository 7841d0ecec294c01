import { INPUT_LIFE_SECONDS, LARGEST_BODY_KB } from "../../../protocol/limits.ts";
import type { OpsOperation } from "../../../protocol/routes.ts";
import { type EventSchemas, type RequestInput, RUN_NAME, type RunAgain } from "../../../protocol/run-again.ts";
import { DOCUMENTS, schemasKey } from "../../../protocol/table.ts";
import type { OpsEnvironment } from "../../environment.ts";
import { badRequest, conflict, json } from "../../http/problem.ts";
import { pathParameterOf } from "../../http/request.ts";
import { hashOf } from "../../ids.ts";
import type { Logger } from "../../logging/logger.ts";
import { sizeOf } from "../../publish/entries.ts";
import { firstEntry } from "../../publish/first-entry.ts";
import { publishAll } from "../../publish/publish-all.ts";
import type { Services } from "../../services.ts";
import { flowNamed, type targetStore } from "../dead-letters/targets.ts";
import { inputOf } from "../ledger/inputs.ts";
import type { RequestState } from "../ledger/state.ts";
import { existingRequest, stateOf } from "./existing-request.ts";
import { bodyOf, reasonOf } from "./request.ts";
import type { Operation, Outcome } from "./route.ts";

const DAYS = INPUT_LIFE_SECONDS / 86_400;

/** The flow as it is deployed now. */
interface Deployed {
  readonly flow: string;
  readonly graph: string;
}

/**
 * Starts a new request with the first event of an old one. The new id is made of the old request, operator, reason and name of the run, so the
 * same call makes one request however often it comes, and whatever dies in between. The ledger links the two when it takes in the event.
 */
export function runAgainOperations(services: Services<OpsEnvironment>, targets: ReturnType<typeof targetStore>, log: Logger) {
  const { table, clock } = services;

  /** @throws HttpProblem 409 where the flow as it is deployed now takes no such event */
  async function deployed(flow: string, input: RequestInput): Promise<Deployed> {
    const owner = flowNamed(await targets(), flow);
    if (!owner) throw conflict(`The hub has no flow ${flow} now. Deploy it.`);
    const { name, trigger, version, data } = input;
    const item = await table.get(schemasKey(owner.flow, trigger, name));
    if (!item)
      throw conflict(
        `Flow ${owner.flow} has no trigger ${trigger} that publishes ${name} now. Deploy it, or send the request anew.`,
      );
    const found = JSON.parse(String(item[DOCUMENTS.schemas])) as EventSchemas;
    const schema = found.schemas[version];
    const lifted = Array.from({ length: Math.max(0, found.version - version) }, (_, n) => version + n);
    if (schema === undefined || lifted.some((step) => found.schemas[step] === undefined))
      throw conflict(
        `The input is ${name} of version ${version}, and flow ${owner.flow} takes version ${found.version} without a lift from it. Add the lift (from), or send the request anew.`,
      );
    const { schemaFaults } = await import("./schema-faults.ts");
    const faults = schema && schemaFaults(schema, data);
    if (faults)
      throw conflict(`The input no longer fits the schema of ${name}: ${faults}. Send the request anew with data that fits.`);
    return { flow: owner.flow, graph: owner.graph };
  }

  async function runAgain(requestId: string, { request }: RequestState, to: Deployed, input: RequestInput): Promise<Outcome> {
    const { correlationId, tenant, requestId: repeats } = request;
    const known = await stateOf(table, requestId);
    if (!known) {
      const ids = { requestId, correlationId, tenant, occurredAt: new Date(clock.now()).toISOString() };
      const entry = firstEntry({ ...ids, ...to, ...input, repeats });
      if (sizeOf(entry) > LARGEST_BODY_KB * 1_024)
        throw conflict(`The event would be larger than ${LARGEST_BODY_KB} KB. Send the request anew.`);
      await publishAll(services, [entry]);
      log.warn("request is run again", { repeats, newRequest: requestId, repeatedFlow: to.flow });
    }
    const answer: RunAgain = { requestId, correlationId, repeats };
    return {
      response: json(202, answer),
      outcome: known ? `it was run again before, as ${requestId}` : `run again as ${requestId}`,
    };
  }

  return {
    runAgain: {
      change: async (event, { name: by }) => {
        const old = await existingRequest(table, pathParameterOf(event, "requestId"));
        const body = bodyOf(event.body, ["reason", "name"]);
        const why = reasonOf(body);
        const { name } = body;
        if (name !== undefined && !(typeof name === "string" && RUN_NAME.test(name)))
          throw badRequest("name is not a text of 1 to 64 letters, digits, - or _.");
        const { requestId, flow } = old.request;
        const input = await inputOf(table, requestId);
        if (!input)
          throw conflict(
            `The input of the request is not stored: it is kept for ${DAYS} days, and a request that an event of another flow began has none. Send the request anew, or run that flow's request again.`,
          );
        const to = await deployed(flow, input);
        const newId = `again-${hashOf([requestId, by, why, name ?? ""])}`;
        return {
          about: { requestId, newRequest: newId },
          why,
          act: () => runAgain(newId, old, to, input),
        };
      },
    },
  } satisfies Partial<Record<OpsOperation, Operation>>;
}
