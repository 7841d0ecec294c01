import type { Flow } from "../flow.ts";

/** A mistake in a declaration, printed as *code, where: fact. remedy.* */
export interface Problem {
  readonly code: ProblemCode;
  /** Such as `flow order-to-erp, step register`. */
  readonly where: string;
  readonly fact: string;
  readonly remedy: string;
}

/** The shape of every check in this folder. A check reports every problem it finds and throws nothing. */
export type Check<Subject> = (subject: Subject) => Iterable<Problem>;

/** Every code of this folder; docs/errors.md explains each. */
export const PROBLEM_CODES = {
  NAME: "a name is not of the form that AWS resource names allow",
  DURATION: "a duration is malformed or out of range",
  RANGE: "a number is out of range",
  ROUTE: "a route is malformed, or two triggers claim the same one",
  AUTH: "a trigger's caller authentication is malformed, or the stack lacks a setting that it needs",
  EVENT: "an event's name is taken, reserved or not PascalCase, or two events share it",
  SCHEMA: "a schema has a value that JSON does not hold, or a rule beyond validation",
  HANDLER: "a step has no handler",
  JOIN: "a join has too few or too many parts, or keys of different types",
  FILTER: "a step's filter names an unknown field, can never match, or is more than a rule can express",
  CYCLE: "events trigger each other in a cycle that no step leaves",
  UNREACHABLE: "a step waits for an event that is never published",
  ADAPTER: "two adapters share a name, or one is malformed",
  QUOTA: "an AWS quota would be exceeded",
  SCHEDULE: "a schedule's expression, time zone or payload is invalid",
  POLL: "a poll's first cursor is not of the cursor's schema",
  WEBHOOK: "a webhook's signature settings contradict each other or are malformed",
  SECRET: "a secret stands in plain text",
  SOURCE: "the module that holds the flow is unknown",
} as const;
export type ProblemCode = keyof typeof PROBLEM_CODES;

export const problem = (code: ProblemCode, where: string, fact: string, remedy: string): Problem => ({
  code,
  where,
  fact,
  remedy,
});

/** @returns a place within a flow, such as `flow order-to-erp, step register` */
export const placeIn = ({ name }: Pick<Flow, "name">, ...parts: readonly string[]) => [`flow ${name}`, ...parts].join(", ");

export const describeProblem = ({ code, where, fact, remedy }: Problem) => `${code}, ${where}: ${fact}. ${remedy}.`;

/** Holds all problems at once, so that one run shows everything to correct. */
export class DeclarationError extends Error {
  override readonly name = "DeclarationError";
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(describeProblem).join("\n"));
    this.problems = problems;
  }
}
