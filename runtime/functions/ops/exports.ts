import { CORRELATION_ID } from "../../../model/envelope.ts";
import { REQUEST_ID } from "../../../protocol/queries.ts";
import type { OpsOperation } from "../../../protocol/routes.ts";
import { type ExportedInput, type ExportOf, type InputAnswer, type RunExport, STACK_TEXT } from "../../../protocol/run-again.ts";
import type { OpsEnvironment } from "../../environment.ts";
import { badRequest, conflict, json } from "../../http/problem.ts";
import { pathParameterOf, tenantOf } from "../../http/request.ts";
import { hashOf } from "../../ids.ts";
import type { Logger } from "../../logging/logger.ts";
import { masked } from "../../mask.ts";
import type { Services } from "../../services.ts";
import { changesBetween } from "../dead-letters/edit-payload.ts";
import { flowNamed, type targetStore } from "../dead-letters/targets.ts";
import { existingRequest, stateOf } from "./existing-request.ts";
import { type Belongs, deployedTrigger, faultsIn, publishFirst, schemasOf, storedInput } from "./first-events.ts";
import { bodyOf, reasonOf, runNameOf } from "./request.ts";
import type { Operation, Outcome } from "./route.ts";

const ORDER = ["reason", "name", "stack", "input"];
const TEXTS = ["requestId", "correlationId", "flow", "trigger", "name"] as const;
/** Masked places that a refusal names. */
const NAMED = 10;

/**
 * Exports the input of a request, masked, and starts a request with one of another hub. The new id is made of the export with its data,
 * operator, reason and name of the run: the same call makes one request, and an edited export another.
 */
export function exportOperations(services: Services<OpsEnvironment>, targets: ReturnType<typeof targetStore>, log: Logger) {
  const { table } = services;

  async function run(to: Belongs, tenant: string, requestId: string, exportOf: ExportOf, input: ExportedInput): Promise<Outcome> {
    const { correlationId, name, trigger, version, data } = input;
    const known = await stateOf(table, requestId);
    if (!known) {
      await publishFirst(services, { requestId, correlationId, tenant, ...to, name, trigger, version, data, exportOf });
      log.warn("request is run from an export", { newRequest: requestId, runFlow: to.flow, ...exportOf });
    }
    const answer: RunExport = { requestId, correlationId, exportOf };
    return {
      response: json(202, answer),
      outcome: known ? `it was run before, as ${requestId}` : `run as ${requestId}`,
    };
  }

  return {
    exportInput: {
      read: async (event) => {
        const { request } = await existingRequest(table, pathParameterOf(event, "requestId"));
        const { requestId, correlationId, flow } = request;
        const { data, ...input } = await storedInput(table, requestId);
        const owner = flowNamed(await targets(), flow);
        // Only a deployed flow says which fields are personal.
        if (!owner) throw conflict(`The hub has no flow ${flow} now, so its personal data can't be masked. Deploy it.`);
        const names = new Set(owner.personal);
        const shown = masked(data, { names });
        const places = changesBetween(data, shown, { names }, Number.POSITIVE_INFINITY).map(({ path }) => path);
        const schemas = await schemasOf(table, owner.flow, input);
        const answer: InputAnswer = {
          input: { requestId, correlationId, flow, ...input, data: shown, masked: places },
          schema: schemas?.schemas[input.version] ?? null,
        };
        return json(200, answer);
      },
    },

    runExport: {
      change: async (event, { name: by }) => {
        const body = bodyOf(event.body, ORDER);
        const why = reasonOf(body);
        const named = runNameOf(body);
        const stack = stackOf(body.stack);
        const input = inputIn(body.input);
        const { schema, ...to } = await deployedTrigger(table, targets, input.flow, input);
        const faults = await faultsIn(schema, input.data);
        if (faults) throw conflict(`The input does not fit the schema of ${input.name}: ${faults}.${remedyOf(input)}`);
        const exportOf = { stack, requestId: input.requestId };
        const newId = `export-${hashOf([stack, input.requestId, by, why, named, JSON.stringify(input.data)])}`;
        return {
          about: { ...exportOf, flow: to.flow, newRequest: newId },
          why,
          act: () => run(to, tenantOf(event) ?? "", newId, exportOf, input),
        };
      },
    },
  } satisfies Partial<Record<OpsOperation, Operation>>;
}

function remedyOf({ masked: places }: ExportedInput): string {
  if (places.length === 0) return " Correct the data in the file.";
  const rest = places.length > NAMED ? ` and ${places.length - NAMED} more` : "";
  return ` Correct the data in the file. Masked when it was exported: ${places.slice(0, NAMED).join(", ")}${rest}.`;
}

/** @throws HttpProblem 400 */
function stackOf(stack: unknown): string {
  if (typeof stack === "string" && STACK_TEXT.test(stack)) return stack;
  throw badRequest("stack is not the name of the stack that exported the input.");
}

/** @throws HttpProblem 400 */
function inputIn(value: unknown): ExportedInput {
  const input = (typeof value === "object" && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  const lacking = TEXTS.filter((field) => typeof input[field] !== "string" || input[field] === "");
  if (lacking.length > 0) throw badRequest(`input lacks ${lacking.join(", ")}. Send one of an export as it is.`);
  const { requestId, correlationId, version, data, masked: places = [] } = input as unknown as ExportedInput;
  if (!REQUEST_ID.test(requestId)) throw badRequest("requestId of the input is malformed.");
  if (!CORRELATION_ID.test(correlationId)) throw badRequest("correlationId of the input is malformed.");
  if (!Number.isInteger(version) || version < 1) throw badRequest("version of the input is not a whole number from 1.");
  if (data === undefined) throw badRequest("input has no data.");
  if (!Array.isArray(places) || !places.every((place) => typeof place === "string"))
    throw badRequest("masked of the input is not a list of JSON pointers.");
  return { ...(input as unknown as ExportedInput), masked: places };
}
