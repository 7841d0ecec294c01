import type { OpsOperation } from "../../../protocol/routes.ts";
import type { RequestInput, RunAgain } from "../../../protocol/run-again.ts";
import type { OpsEnvironment } from "../../environment.ts";
import { conflict, json } from "../../http/problem.ts";
import { pathParameterOf } from "../../http/request.ts";
import { hashOf } from "../../ids.ts";
import type { Logger } from "../../logging/logger.ts";
import type { Services } from "../../services.ts";
import type { targetStore } from "../dead-letters/targets.ts";
import type { RequestState } from "../ledger/state.ts";
import { existingRequest, stateOf } from "./existing-request.ts";
import { type Belongs, deployedTrigger, faultsIn, publishFirst, storedInput } from "./first-events.ts";
import { bodyOf, reasonOf, runNameOf } from "./request.ts";
import type { Operation, Outcome } from "./route.ts";

/**
 * Starts a new request with the first event of an old one, for a call and for a job. The new id is made of the old request, operator, reason
 * and name of the run, so the same call makes one request however often it comes, and whatever dies in between. The ledger links the two when
 * it takes in the event.
 */
export function repetitions(services: Services<unknown>, targets: ReturnType<typeof targetStore>, log: Logger) {
  const { table } = services;

  /** @throws HttpProblem 409 where the flow as it is deployed now does not take the input */
  async function deployed(flow: string, input: RequestInput): Promise<Belongs> {
    const { schema, ...to } = await deployedTrigger(table, targets, flow, input);
    const faults = await faultsIn(schema, input.data);
    if (faults)
      throw conflict(
        `The input no longer fits the schema of ${input.name}: ${faults}. Send the request anew with data that fits.`,
      );
    return to;
  }

  async function runAgain(requestId: string, { request }: RequestState, to: Belongs, input: RequestInput): Promise<Outcome> {
    const { correlationId, tenant, requestId: repeats } = request;
    const known = await stateOf(table, requestId);
    if (!known) {
      await publishFirst(services, { requestId, correlationId, tenant, ...to, ...input, repeats });
      log.warn("request is run again", { repeats, newRequest: requestId, repeatedFlow: to.flow });
    }
    const answer: RunAgain = { requestId, correlationId, repeats };
    return {
      response: json(202, answer),
      outcome: known ? `it was run again before, as ${requestId}` : `run again as ${requestId}`,
    };
  }

  /**
   * Checks that a request can be run again.
   * @returns what starts the new request, whose id `repetitionOf` makes
   * @throws HttpProblem 409
   */
  return async (old: RequestState) => {
    const input = await storedInput(table, old.request.requestId);
    const to = await deployed(old.request.flow, input);
    return (newId: string): Promise<Outcome> => runAgain(newId, old, to, input);
  };
}

/** @returns id of the request that repeats another one */
export const repetitionOf = (requestId: string, { by, why, name }: Readonly<Record<"by" | "why" | "name", string>>): string =>
  `again-${hashOf([requestId, by, why, name])}`;

export function runAgainOperations(services: Services<OpsEnvironment>, targets: ReturnType<typeof targetStore>, log: Logger) {
  const prepare = repetitions(services, targets, log);
  return {
    runAgain: {
      change: async (event, { name: by }) => {
        const old = await existingRequest(services.table, pathParameterOf(event, "requestId"));
        const { requestId } = old.request;
        const body = bodyOf(event.body, ["reason", "name"]);
        const why = reasonOf(body);
        const name = runNameOf(body);
        const run = await prepare(old);
        const newRequest = repetitionOf(requestId, { by, why, name });
        return { about: { requestId, newRequest }, why, act: () => run(newRequest) };
      },
    },
  } satisfies Partial<Record<OpsOperation, Operation>>;
}
