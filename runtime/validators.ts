import * as z from "zod/mini";
import { schemasOfVersions } from "../model/event.ts";
import type { Flow } from "../model/flow.ts";
import { adaptersOf, eventsOf } from "../model/graph.ts";
import { pointerStep } from "../model/json-pointer.ts";
import type { RouteParameters } from "../model/route-parameters.ts";
import type { SyncTrigger } from "../model/sync.ts";
import { faultIn } from "./faults.ts";
import { answerSchemas, requestSchema, type Schemas } from "./third-party/operation-schemas.ts";

/** The zod schema itself: see `faultsOf`. */
export type Validate = z.core.$ZodType;

/** The validators of one flow. */
export interface Validators {
  /** By the event's name; `<name>@<version>` for the schema of an older version. */
  readonly events: Readonly<Record<string, Validate>>;
  /** Fingerprints of the schemas of `events`, by the same names. */
  readonly contracts: Readonly<Record<string, string>>;
  /** By `<adapter>.<operation>`: the third party's answer. */
  readonly responses: Readonly<Record<string, Validate>>;
  /** By `<adapter>.<operation>`: body and query of the call's input, as one object. */
  readonly requests: Readonly<Record<string, Validate>>;
  /** Names of the fields that hold personal data. */
  readonly personal: ReadonlySet<string>;
}

/** Validators of a flow's synchronous endpoints, by the trigger's name. */
export interface SyncValidators {
  /** The request: its body and parameters, as one object. */
  readonly inputs: Readonly<Record<string, Validate>>;
  readonly answers: Readonly<Record<string, Validate>>;
  /** Where the fields of the request come from. */
  readonly parameters: Readonly<Record<string, RouteParameters>>;
}

/** Validators of a flow's polls, by the trigger's name. */
export interface PollValidators {
  readonly cursors: Readonly<Record<string, Validate>>;
}

/**
 * @param parameters of the synchronous endpoints, which the bundler writes: a function has no JSON Schema
 * @param contracts fingerprints of the events' schemas, which the bundler writes for the same reason
 * @param personal names of the fields that hold personal data, likewise
 * @returns the validators of the flow's events, operations, synchronous endpoints and polls
 */
export function validatorsOf(
  flow: Pick<Flow, "steps" | "triggers" | "imports">,
  parameters: SyncValidators["parameters"] = {},
  contracts: Validators["contracts"] = {},
  personal: readonly string[] = [],
): Validators & SyncValidators & PollValidators {
  const operations = adaptersOf(flow).flatMap((adapter) =>
    Object.entries(adapter.operations as Readonly<Record<string, Schemas>>).map(
      ([name, operation]) => [`${adapter.name}.${name}`, operation] as const,
    ),
  );
  const triggers = Object.entries(flow.triggers);
  const endpoints = triggers.filter((entry): entry is [string, SyncTrigger] => entry[1].kind === "sync");
  return {
    events: Object.fromEntries(
      eventsOf(flow).flatMap((event) => schemasOfVersions(event).map(([name, { schema }]) => [name, schema])),
    ),
    contracts,
    responses: Object.fromEntries(operations.flatMap(([name, operation]) => answerSchemas(name, operation))),
    requests: Object.fromEntries(operations.map(([name, operation]) => [name, requestSchema(operation)])),
    inputs: Object.fromEntries(endpoints.map(([name, { request }]) => [name, request])),
    answers: Object.fromEntries(endpoints.map(([name, { answers }]) => [name, answers])),
    cursors: Object.fromEntries(triggers.flatMap(([name, one]) => (one.kind === "poll" ? [[name, one.cursor] as const] : []))),
    parameters,
    personal: new Set(personal),
  };
}

const MOST_LISTED = 10;

/**
 * Validates plain data with zod, filling in defaults in place. Fields that the schema does not declare stay, so that none is lost on the
 * bus for a later version of the schema.
 * @returns the first 10 faults, each with its field and never with the value; `undefined` when the data is valid
 */
export function faultsOf(validate: Validate, data: unknown): string | undefined {
  try {
    const unseen = pathToUnseen(data);
    if (unseen) return `${pointer(unseen.toReversed())} must not be a key: no schema holds for it`;
    const result = z.safeParse(validate, data, { error: faultIn });
    if (!result.success) return listed(result.error.issues);
    fillIn(data, result.data);
    return undefined;
  } catch (error) {
    // zod throws where the parts of an intersection have different defaults, and where the stack is too small for the depth.
    return `/ can't be validated (${error instanceof Error ? error.message : String(error)})`;
  }
}

/** zod passes over this key wherever it stands, and assigning it to an object sets the prototype. */
const UNSEEN = "__proto__";

/** @returns the path from such a key up; `undefined` when there is none. Makes nothing where there is none, which is nearly always. */
function pathToUnseen(data: unknown): string[] | undefined {
  if (!isContainer(data)) return undefined;
  if (Array.isArray(data)) {
    for (let i = 0; i < data.length; i += 1) {
      const path = pathToUnseen(data[i]);
      if (path) return under(path, String(i));
    }
    return undefined;
  }
  for (const key in data) {
    const path = key === UNSEEN ? [] : pathToUnseen(data[key]);
    if (path) return under(path, key);
  }
  return undefined;
}

/** One list for the whole path: an attacker chooses its length. */
function under(path: string[], key: string): string[] {
  path.push(key);
  return path;
}

const isContainer = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** Adds what only the parsed value has. The schema changes no value (checkSchema) but spaces around a URL, so the rest is equal. */
function fillIn(data: unknown, parsed: unknown): void {
  if (!isContainer(data) || !isContainer(parsed)) return;
  for (const key of Object.keys(parsed)) {
    const value = parsed[key];
    if (!Object.hasOwn(data, key)) {
      // A default within a default is one object for all who parse.
      if (value !== undefined) data[key] = structuredClone(value);
    } else if (isContainer(value)) fillIn(data[key], value);
    // z.url() and z.httpUrl() take a URL with spaces around it, and give it without.
    else if (typeof value === "string" && value !== data[key]) data[key] = value;
  }
}

function listed(issues: readonly z.core.$ZodIssue[]): string {
  const shown = issues.slice(0, MOST_LISTED).map(({ path, message }) => `${pointer(path)} ${message}`);
  return [...shown, ...(issues.length > MOST_LISTED ? [`and ${issues.length - MOST_LISTED} more`] : [])].join("; ");
}

/** A key that a caller chose may be long. */
const LONGEST_POINTER = 200;

/** JSON pointer (RFC 6901); `/` for the whole. */
const pointer = (path: readonly PropertyKey[]): string =>
  `/${path.map((key) => pointerStep(String(key))).join("/")}`.slice(0, LONGEST_POINTER);

/** @throws Error when the bundle has no validator of that name: it was built from another version of the flow */
export function validatorOf(validators: Readonly<Record<string, Validate>>, name: string): Validate {
  const validate = validators[name];
  if (!validate) throw new Error(`the bundle holds no validator for ${name}. Bundle the flow again.`);
  return validate;
}
