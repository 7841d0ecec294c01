import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { pointerKey } from "../../model/json-pointer.ts";
import type { InputAnswer } from "../../protocol/run-again.ts";
import type { FiledInput } from "../shared/export-file.ts";
import type { ShownHub } from "./hub-port.ts";

/**
 * Puts a valid sample value into each masked place where `***` does not fit the schema, such as an address of electronic mail.
 * @param sampleOf makes a value that a schema takes
 * @returns the input for the file, and each masked place for which there is no sample, with what is wrong there
 */
export function filled(
  { input, schema }: InputAnswer,
  sampleOf: ShownHub["sampleOf"],
): { readonly input: FiledInput; readonly unfit: readonly string[] } {
  const { data: given, ...rest } = input;
  if (schema === null) return { input: { ...rest, data: given, sampled: [] }, unfit: [] };
  // Without the flag `u`, as zod's own patterns are written.
  const ajv = new Ajv2020.default({ allErrors: true, strict: false, verbose: true, logger: false, unicodeRegExp: false });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  const faultsAt = (place: string, data: unknown) =>
    validate(data) ? [] : (validate.errors ?? []).filter(({ instancePath }) => instancePath === place);
  let data = given;
  const sampled: string[] = [];
  const unfit: string[] = [];
  for (const place of input.masked) {
    const faults = faultsAt(place, data);
    if (faults.length === 0) continue;
    const { $defs } = schema as { readonly $defs?: object };
    const samples = faults.flatMap(({ parentSchema }) => samplesOf(parentSchema && { ...parentSchema, ...($defs && { $defs }) }));
    const fitting = samples.map((value) => withValue(data, place, value)).find((next) => faultsAt(place, next).length === 0);
    if (fitting === undefined) unfit.push(`${place} ${faults[0]?.message ?? "is not valid"}`);
    else {
      data = fitting;
      sampled.push(place);
    }
  }
  return { input: { ...rest, data, sampled }, unfit };

  /** @returns none where the sampler can't read the schema */
  function samplesOf(part: object | undefined): readonly unknown[] {
    try {
      return part ? [sampleOf(part)] : [];
    } catch {
      return [];
    }
  }
}

/** @param place JSON pointer (RFC 6901) */
function withValue(data: unknown, place: string, value: unknown): unknown {
  if (place === "") return value;
  const [, first = "", ...rest] = place.split("/");
  const key = pointerKey(first);
  const below = rest.length === 0 ? "" : `/${rest.join("/")}`;
  if (Array.isArray(data)) return data.map((item, i) => (String(i) === key ? withValue(item, below, value) : item));
  const holder = (data ?? {}) as Readonly<Record<string, unknown>>;
  return { ...holder, [key]: withValue(holder[key], below, value) };
}
