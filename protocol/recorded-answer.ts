import * as z from "zod/mini";

/** Set by the local hub alone: JSON of `RecordSettings`. */
export const RECORD = "HUB_RECORD";
export interface RecordSettings {
  /** Address that takes the answers. */
  readonly url: string;
  /** Names of the third parties whose answers are kept. */
  readonly parties: readonly string[];
}

/** Route of the sandbox that takes and lists the answers. */
export const RECORDED_PATH = "/_recorded";

/** Folder of the files that `hub record` writes, one for each third party, beside `flows/`. */
export const RECORDED_FOLDER = "fixtures";
/** Stands for what is masked; it equals any value of a call that is compared with it. */
export const MASKED = "***";
/** In place of an address of electronic mail, which schemas often ask for. */
export const MASKED_EMAIL = "masked@example.com";

/** A body of this content type is kept as an object of its pairs. */
export const FORM = "application/x-www-form-urlencoded";

const texts = z.record(z.string(), z.string());
/** An answer of a third party to a live call, without secrets and personal data. */
export const recordedAnswer = z.strictObject({
  operation: z.string(),
  /** Below the adapter's address, decoded. */
  path: z.string(),
  /** Name and value, in the order of the names. */
  query: z._default(z.array(z.tuple([z.string(), z.string()])), []),
  /** What was sent, as JSON or text; absent where there was no body, or one that is not text. */
  body: z.optional(z.unknown()),
  status: z.int().check(z.minimum(200), z.maximum(599)),
  /** Those that say how to read the answer, or where it continues; `{base}` stands for the adapter's address. */
  headers: z._default(texts, {}),
  answer: z.string(),
});
export type RecordedAnswer = z.output<typeof recordedAnswer>;
export const recordedAnswers = z.array(recordedAnswer);
/** What a function posts. */
export const keptAnswer = z.strictObject({ party: z.string(), answer: recordedAnswer });

/** Sorted pairs of a query. */
export const sortedQuery = (query: URLSearchParams): [string, string][] =>
  [...query].sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1));
