import { expect } from "chai";
import * as fc from "fast-check";
import type * as z from "zod";
import { gatewaySchema } from "../../../components/gateway/gateway-schema.ts";
import { lifted } from "../../../components/gateway/models.ts";
import { UniqueNames } from "../../../components/gateway/unique-names.ts";
import { bodyValidators } from "../../../emulator/apigateway/model.ts";
import { jsonSchema } from "../../../model/index.ts";
import { faultsOf } from "../../../runtime/validators.ts";
import { type Taken, taken } from "./arbitrary.ts";

/** How often the three agreed. */
export interface Agreement {
  accepted: number;
  /** By zod and so by the functions. */
  refused: number;
  /** Of these, by the gateway as well. */
  refusedAtTheGateway: number;
}

/**
 * Holds zod, the gateway's model and the functions together, over generated schemas and values.
 * @throws the assertion of the first pair that differs, made as small as possible
 */
export function checkAgreement(options: { readonly schemas: number; readonly values: number; readonly seed: number }): Agreement {
  const agreement: Agreement = { accepted: 0, refused: 0, refusedAtTheGateway: 0 };
  const cases = taken.chain((schema) =>
    fc.array(schema.value, { minLength: 1, maxLength: options.values }).map((values) => ({ schema, values })),
  );
  const property = fc.property(cases, ({ schema, values }) => {
    jsonSchema(schema.schema);
    const gateway = gatewayOf(schema);
    for (const value of values) compare(schema, JSON.stringify(value), gateway, agreement);
  });
  fc.assert(property, {
    numRuns: options.schemas,
    seed: options.seed,
    reporter: ({ failed, counterexample, errorInstance, seed }) => {
      if (!failed) return;
      const [{ schema }] = counterexample as [{ schema: Taken }];
      throw new Error(`seed ${seed}: ${schema.name}: ${String(errorInstance)}`, { cause: errorInstance });
    },
  });
  return agreement;
}

/** The model as it lies in the API's document. */
function gatewayOf({ schema }: Taken): (text: string) => unknown {
  const schemas = JSON.parse(
    JSON.stringify(lifted(new UniqueNames(), ["agree", "Asked"], gatewaySchema(schema as z.ZodObject))),
  ) as Record<string, unknown>;
  return bodyValidators(schemas)({ $ref: "#/components/schemas/AgreeAsked" }, "the model");
}

function compare({ schema }: Taken, text: string, gateway: ReturnType<typeof gatewayOf>, agreement: Agreement): void {
  const parsed = parse(schema, JSON.parse(text));
  const atTheGateway = gateway(text);
  const received: unknown = JSON.parse(text);
  const faults = faultsOf(schema, received);
  expect(faults === undefined, `${text}: zod and functions: ${faults}`).to.equal(parsed !== undefined);
  if (faults === undefined) {
    expect(atTheGateway, `${text}: refused at the gateway alone`).to.equal(undefined);
    expect(plain(parse(schema, received)?.data), `${text}: the handler's input`).to.deep.equal(plain(parsed?.data));
    const published = plain(received);
    expect(faultsOf(schema, published), `${text}: valid once, refused when published`).to.equal(undefined);
    expect(published, `${text}: changes at each step`).to.deep.equal(plain(received));
    agreement.accepted++;
    return;
  }
  for (const fault of faults.split("; ")) expect(fault, text).to.match(/^(\/|and \d+ more$)/);
  agreement.refused++;
  if (atTheGateway !== undefined) agreement.refusedAtTheGateway++;
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

function parse(schema: Taken["schema"], data: unknown) {
  try {
    const { success, data: output } = schema.safeParse(data);
    return success ? { data: output } : undefined;
  } catch {
    return undefined; // the parts of an intersection have different defaults
  }
}
