import type * as z from "zod";

const MOST_NAMED = 5;
const LONGEST_TEXT = 200;

/**
 * Words one issue of zod. A message that the schema itself gives (`z.string("…")`) takes precedence.
 * @returns what the value must be; never the value itself, which may be confidential
 */
export function faultIn(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? "is required" : `must be ${typeOf(issue)}`;
    case "invalid_value":
      return choiceOf(issue.values);
    case "invalid_format":
      return formatOf(issue);
    case "too_small":
    case "too_big":
      return boundOf(issue);
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    case "unrecognized_keys":
      return `must not have the fields ${namesOf(issue.keys)}`;
    case "invalid_key":
      return "must not be a field: its name is not allowed";
    case "invalid_union":
      return issue.input === undefined ? "is required" : "must match one of its alternatives";
    default:
      return "is not valid";
  }
}

/** For text, z.int() only says that it expects a number. */
function typeOf({ expected, inst }: z.core.$ZodRawIssue): string {
  const { format } = (inst?._zod.def ?? {}) as { readonly format?: unknown };
  const whole = expected === "int" || (expected === "number" && typeof format === "string" && format.includes("int"));
  return whole ? "integer" : expected === "record" ? "object" : String(expected);
}

function choiceOf(values: unknown): string {
  const allowed = Array.isArray(values) ? values.map((value) => JSON.stringify(value)) : [];
  return clipped(allowed.length === 1 ? `must be ${allowed[0]}` : `must be one of ${allowed.join(", ")}`);
}

function formatOf({ format, pattern, prefix, suffix, includes }: z.core.$ZodRawIssue): string {
  if (format === "starts_with") return clipped(`must start with ${JSON.stringify(prefix)}`);
  if (format === "ends_with") return clipped(`must end with ${JSON.stringify(suffix)}`);
  if (format === "includes") return clipped(`must include ${JSON.stringify(includes)}`);
  if (format === "regex" || format === "template_literal") return clipped(`must match pattern ${pattern}`);
  return `must be a valid ${format}`;
}

function boundOf({ code, origin, minimum, maximum, inclusive, exact }: z.core.$ZodRawIssue): string {
  const [word, sign, bound] = code === "too_small" ? ["at least", ">", minimum] : ["at most", "<", maximum];
  const unit = { string: "characters", array: "items" }[String(origin)];
  if (unit) return `must have ${exact ? "exactly" : word} ${bound} ${unit}`;
  return `must be ${sign}${inclusive === false ? "" : "="} ${bound}`;
}

function namesOf(keys: unknown): string {
  const names = Array.isArray(keys) ? keys.map(String) : [];
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
  return `${names.slice(0, MOST_NAMED).map(clipped).join(", ")}${more}`;
}

const clipped = (text: string) => (text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text);
