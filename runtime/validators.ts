/** What ajv tells of one thing that is wrong. */
export interface AjvError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly message?: string | undefined;
}

/** A standalone validator that ajv made at bundle time; it fills in defaults in place. */
export type Validate = ((data: unknown) => boolean) & { errors?: readonly AjvError[] | null };

/** The validators of one flow. */
export interface Validators {
  /** By the event's name. */
  readonly events: Readonly<Record<string, Validate>>;
  /** By `<adapter>.<operation>`: the third party's answer. */
  readonly responses: Readonly<Record<string, Validate>>;
  /** By `<adapter>.<operation>`: body and query of the call's input, as one object. */
  readonly requests: Readonly<Record<string, Validate>>;
}

/** Of the synchronous endpoints of a flow, by the trigger's name. */
export interface SyncValidators {
  /** The request: its body, or the query's parameters. */
  readonly inputs: Readonly<Record<string, Validate>>;
  readonly answers: Readonly<Record<string, Validate>>;
  /** JSON Schema's type of each query parameter, of those that are called by GET. */
  readonly queries: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const MOST_TOLD = 10;

/**
 * Validates, filling in defaults in place.
 * @returns what is wrong, each fault with the field it is in and never with its value; `undefined` when the data is valid.
 */
export function faultsOf(validate: Validate, data: unknown): string | undefined {
  return validate(data) ? undefined : tellFaults(validate.errors ?? []);
}

/** @returns the first faults, each with the field it is in and never with its value */
export function tellFaults(errors: readonly AjvError[]): string {
  const told = errors
    .slice(0, MOST_TOLD)
    .map(({ instancePath, message }) => `${instancePath || "/"} ${message ?? "is not valid"}`);
  return [...told, ...(errors.length > MOST_TOLD ? [`and ${errors.length - MOST_TOLD} more`] : [])].join("; ");
}

/** @throws Error when the bundle holds no validator of that name: it was made from another version of the flow. */
export function validatorOf(validators: Readonly<Record<string, Validate>>, name: string): Validate {
  const validate = validators[name];
  if (!validate) throw new Error(`the bundle holds no validator for ${name}. Bundle the flow anew.`);
  return validate;
}
