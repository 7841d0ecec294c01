import { UserError } from "../../emulator/user-error.ts";
import { NAME_LIMITS } from "../../protocol/name-limits.ts";
import { apigateway } from "./apigateway.ts";
import { cloudwatch } from "./cloudwatch.ts";
import { dynamodb } from "./dynamodb.ts";
import { events } from "./events.ts";
import { iam } from "./iam.ts";
import type { Kind, Kinds, Simulation } from "./kind.ts";
import { lambda } from "./lambda.ts";
import { autoName, type Outputs, type Place, type Registration } from "./outputs.ts";
import { random } from "./random.ts";
import { scheduler } from "./scheduler.ts";
import { secretsmanager } from "./secretsmanager.ts";
import { sqs } from "./sqs.ts";
import { wafv2 } from "./wafv2.ts";
import { withoutEffect } from "./without-effect.ts";

/**
 * File of local/kinds -> its rows. Simulated resources are put in this order, so a kind stands after those that its `put` needs.
 * They are removed in reverse order.
 */
export const FILES: Readonly<Record<string, Kinds>> = {
  iam,
  secretsmanager,
  dynamodb,
  sqs,
  lambda,
  events,
  apigateway,
  wafv2,
  scheduler,
  cloudwatch,
  random,
  "without-effect": withoutEffect,
};

const KINDS = new Map(Object.values(FILES).flatMap((kinds) => Object.entries(kinds)));

/** The simulated kinds in the order in which they are put. */
export const SIMULATIONS: readonly (readonly [type: string, simulation: Simulation])[] = [...KINDS]
  .flatMap(([type, { simulate }]) => (simulate ? [[type, simulate] as const] : []))
  .sort(([, a], [, b]) => Number(a.startsWork ?? false) - Number(b.startsWork ?? false));

/** @throws UserError for a kind without a row; the message names every file to change */
export function kindOf({ type, name }: { readonly type: string; readonly name: string }): Kind {
  const kind = KINDS.get(type);
  if (kind) return kind;
  throw new UserError(
    `The local hub does not know the resource kind ${type} (${name}). Add a row to ${filesFor(type)}, with the reason if the kind has no effect here, ` +
      "and the AWS call that makes it to checks/emulators/kinds.py.",
  );
}

/** Files with rows of the same service. A service of which nothing is simulated has its rows in without-effect.ts. */
function filesFor(type: string): string {
  const service = `${type.split("/")[0]}/`;
  const files = Object.keys(FILES).filter((file) => Object.keys(FILES[file] ?? {}).some((known) => known.startsWith(service)));
  return (files.length > 0 ? files : ["without-effect"]).map((file) => `local/kinds/${file}.ts`).join(" or ");
}

/**
 * The outputs that the AWS provider adds to a resource's inputs: name, id, ARN, URL, …
 * @throws UserError for a kind without a row, and for a name that AWS refuses for its length
 */
export function outputsOf(registration: Registration, place: Place): Outputs {
  const { nameKey = "name", outputs } = kindOf(registration);
  const { inputs, urn, name } = registration;
  const given = inputs[nameKey ?? "name"];
  const logicalName = typeof inputs.namePrefix === "string" ? inputs.namePrefix.replace(/-$/, "") : name;
  const suffix = inputs.fifoQueue === true ? ".fifo" : "";
  const physicalName = typeof given === "string" ? given : autoName(logicalName, urn) + suffix;
  const limit = NAME_LIMITS[registration.type];
  if (limit !== undefined && physicalName.length > limit)
    throw new UserError(
      `${registration.type} ${name}: its name in AWS has ${physicalName.length} characters (${physicalName}), and AWS takes ${limit}. Shorten it.`,
    );
  return { ...(nameKey !== null && { [nameKey]: physicalName }), ...outputs({ ...registration, ...place, physicalName }) };
}
