import { type AnyEvent, type Lift, versionName } from "../../../../model/event.ts";
import { isTriggerStep } from "../../../../protocol/first-event.ts";
import type { ReceivedEvent } from "../../../envelope/cause.ts";
import { failureOf } from "../../../errors.ts";
import { faultsOf, type Validators, validatorOf } from "../../../validators.ts";
import { BlockedError, RefusedError } from "./errors.ts";

/** A payload as it was published or stored. */
interface Payload {
  readonly contract: AnyEvent;
  readonly version: number;
  readonly data: unknown;
}

/**
 * The payload of an event in the version that the code declares: lifted from its own version, validated, defaults filled in.
 * @returns a copy; the event keeps the payload that came
 * @throws RefusedError when the payload is the caller's fault: a trigger published it, and it does not fit the very schema that the
 *   trigger checked it against. API Gateway does not enforce every rule of a schema.
 *   https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
 * @throws BlockedError as `payloadOf`
 */
export function payloadOfEvent({ metadata, data }: ReceivedEvent, contract: AnyEvent, validators: Validators): unknown {
  const { version } = metadata;
  const name = version === contract.version ? contract.type : versionName(contract.type, version);
  const ofCaller = isTriggerStep(metadata.step) && metadata.contract !== undefined;
  return lifted({ contract, version, data }, validators, ofCaller && metadata.contract === validators.contracts[name]);
}

/**
 * As `payloadOfEvent`, for a payload that no caller can be blamed for.
 * @throws BlockedError `UNSUPPORTED_VERSION`, `LIFT_FAILED`, or `INVALID_PAYLOAD` that names each faulty field
 */
export const payloadOf = (payload: Payload, validators: Validators): unknown => lifted(payload, validators, false);

function lifted({ contract, version: came, data }: Payload, validators: Validators, ofCaller: boolean): unknown {
  const { type, version: current } = contract;
  if (came > current)
    throw new BlockedError(
      "UNSUPPORTED_VERSION",
      `version ${came} of ${type} is newer than version ${current}, which this code declares. Deploy the code that declares it.`,
    );
  let payload = copyOf(data);
  for (let version = came; version < current; version += 1) {
    const lift = contract.from[version];
    if (!lift)
      throw new BlockedError(
        "UNSUPPORTED_VERSION",
        `version ${version} of ${type} has no lift to version ${version + 1}. Declare it in \`from\` and deploy.`,
      );
    if (lift.schema) assertValid(versionName(type, version), payload, validators, ofCaller && version === came);
    payload = next(lift, payload, versionName(type, version));
  }
  assertValid(type, payload, validators, ofCaller && came === current);
  return payload;
}

/** @param value plain data, as JSON.parse returns it: structuredClone, which takes anything, takes ten times as long */
function copyOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  // Keeps `__proto__` as the key that it is, for which assertValid refuses the payload.
  const copy: Record<string, unknown> = { ...value };
  for (const key in copy) {
    const inner = copy[key];
    if (typeof inner === "object" && inner !== null) copy[key] = copyOf(inner);
  }
  return copy;
}

function next({ lift }: Lift, payload: unknown, name: string): unknown {
  try {
    // As an event would carry it.
    return JSON.parse(JSON.stringify(lift(payload as never)) ?? "null") as unknown;
  } catch (error) {
    const { code, message } = failureOf(error);
    throw new BlockedError("LIFT_FAILED", `the lift of ${name} threw ${code}: ${message}. Mend it in \`from\` and deploy.`);
  }
}

function assertValid(name: string, payload: unknown, validators: Validators, ofCaller: boolean): void {
  const faults = faultsOf(validatorOf(validators.events, name), payload);
  if (faults === undefined) return;
  const fact = `the payload of ${name} does not match its schema: ${faults}`;
  if (ofCaller) throw new RefusedError("INVALID_PAYLOAD", `${fact}. Send data that matches it.`);
  throw new BlockedError("INVALID_PAYLOAD", `${fact}. Mend the schema, or declare a lift, and deploy.`);
}
