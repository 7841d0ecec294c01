import type { AnswerExample } from "./content.ts";

/** One call of an operation, as the local sandbox and tests receive it. */
export interface OperationCall<Input = Readonly<Record<string, unknown>>> {
  /** Parameters of the path, query and body together, as the handler gave them to the client. */
  readonly input: Input;
  readonly body: unknown;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Absolute, as it was called: the base of a link to the next page. */
  readonly url: string;
  /** 1 for the first call of the operation that had an effect, then 2, … */
  readonly number: number;
}

/** An answer with a status of its own; `answer` makes one. */
export interface StatusAnswer {
  readonly kind: "answer";
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * An answer of a third party in the local sandbox and in tests.
 * @param status 100 to 599
 * @param body of the form that the operation declares for the status
 */
export const answer = (status: number, body?: unknown, headers: Readonly<Record<string, string>> = {}): StatusAnswer => ({
  kind: "answer",
  status,
  body,
  headers,
});

type Awaitable<T> = T | Promise<T>;

/** A sample answer, or a function that makes one of the call: pages, answers that differ, errors (`answer(404, …)`). */
export type Example<Input, Returns> =
  | AnswerExample<Returns>
  | ((call: OperationCall<Input>) => Awaitable<AnswerExample<Returns> | StatusAnswer>);
