/** Something wrong with a declaration, told as *code, where: fact. remedy.* */
export interface Problem {
  readonly code: ProblemCode;
  /** Such as `flow order-to-erp, step register`. */
  readonly where: string;
  readonly fact: string;
  readonly remedy: string;
}

/** Every code of this folder; docs/errors.md explains each. */
export const PROBLEM_CODES = {
  NAME: "a name is not of the form that AWS resource names allow",
  DURATION: "a duration can't be read, or is out of its range",
  RANGE: "a number is out of its range",
  ROUTE: "a route is malformed, or two triggers claim the same one",
  AUTH: "how a trigger's callers are authenticated is malformed, or the stack lacks what that takes",
  EVENT: "an event's name is taken, reserved or not PascalCase, or two events share it",
  SCHEMA: "a schema can't be expressed as JSON Schema",
  JOIN: "a join has too few or too many parts, or keys of different types",
  CYCLE: "events chase each other in a circle that no step leaves",
  UNREACHABLE: "a step waits for an event that nobody publishes",
  ADAPTER: "two adapters share a name, or one is malformed",
  QUOTA: "an AWS quota would be exceeded",
  SCHEDULE: "a schedule's expression, time zone or payload is not sound",
  WEBHOOK: "a webhook's way to verify does not hold together",
  SECRET: "a secret stands in plain text",
  SOURCE: "the module that holds the flow is not known",
} as const;
export type ProblemCode = keyof typeof PROBLEM_CODES;

/** Takes a problem of one flow down. @param place within the flow, such as `step register` */
export type Say = (code: ProblemCode, place: string, fact: string, remedy: string) => void;

export const tell = ({ code, where, fact, remedy }: Problem) => `${code}, ${where}: ${fact}. ${remedy}.`;

/** Thrown with all problems at once, so that one run mends them all. */
export class DeclarationError extends Error {
  override readonly name = "DeclarationError";
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(tell).join("\n"));
    this.problems = problems;
  }
}
