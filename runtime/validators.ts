/** One error of ajv. */
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

/** Validators of a flow's synchronous endpoints, by the trigger's name. */
export interface SyncValidators {
  /** The request: its body, or the query's parameters. */
  readonly inputs: Readonly<Record<string, Validate>>;
  readonly answers: Readonly<Record<string, Validate>>;
  /** JSON Schema's type of each query parameter, of those that are called by GET. */
  readonly queries: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const MOST_LISTED = 10;

/**
 * Validates, filling in defaults in place.
 * @returns the faults, each with its field and never with the value; `undefined` when the data is valid
 */
export function faultsOf(validate: Validate, data: unknown): string | undefined {
  return validate(data) ? undefined : faultsIn(validate.errors ?? []);
}

/** @returns the first 10 faults, each with its field and never with the value */
export function faultsIn(errors: readonly AjvError[]): string {
  const listed = errors
    .slice(0, MOST_LISTED)
    .map(({ instancePath, message }) => `${instancePath || "/"} ${message ?? "is not valid"}`);
  return [...listed, ...(errors.length > MOST_LISTED ? [`and ${errors.length - MOST_LISTED} more`] : [])].join("; ");
}

/** @throws Error when the bundle has no validator of that name: it was built from another version of the flow */
export function validatorOf(validators: Readonly<Record<string, Validate>>, name: string): Validate {
  const validate = validators[name];
  if (!validate) throw new Error(`the bundle holds no validator for ${name}. Bundle the flow again.`);
  return validate;
}
