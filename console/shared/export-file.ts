import type { ExportedInput } from "../../protocol/run-again.ts";

/** An input in an export's file. */
export interface FiledInput extends ExportedInput {
  /** JSON pointers of the masked places that have a valid sample value, since `***` would not fit the schema. */
  readonly sampled: readonly string[];
}
/** What `requests export` writes and `requests run-again --export` reads. */
export interface ExportFile {
  /** Name of the stack, or address of the hub, from which the requests are. */
  readonly stack: string;
  /** ISO 8601. */
  readonly exportedAt: string;
  readonly requests: readonly FiledInput[];
}

/** A file, and each masked place that has to be filled in by hand, with what is wrong there. */
export interface Exported {
  readonly file: ExportFile;
  readonly unfit: readonly string[];
}

/** @returns `undefined` for a text that is no file of an export; the hub checks each input itself */
export function exportFileIn(text: string): ExportFile | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { stack, exportedAt, requests } = value as Partial<ExportFile>;
  const isFile =
    typeof stack === "string" &&
    typeof exportedAt === "string" &&
    Array.isArray(requests) &&
    requests.every((one: unknown) => typeof one === "object" && one !== null && "requestId" in one);
  return isFile ? (value as ExportFile) : undefined;
}

/** @returns of all inputs, such as `2 values are masked, and 1 of them has a sample value: /email`; `""` where nothing is masked */
export function maskText(inputs: readonly Partial<FiledInput>[]): string {
  const masked = inputs.flatMap((input) => input.masked ?? []);
  const sampled = inputs.flatMap((input) => input.sampled ?? []);
  if (masked.length === 0) return "";
  const some = masked.length === 1 ? "1 value is masked" : `${masked.length} values are masked`;
  if (sampled.length === 0) return some;
  return `${some}, and ${sampled.length} of them ${sampled.length === 1 ? "has a sample value" : "have sample values"}: ${[...new Set(sampled)].join(", ")}`;
}
