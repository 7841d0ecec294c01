// The reviver's third argument (ES2025) is in Node 24 but not in TypeScript's ES2024 library.
const Json = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown;
};

/** A number of a JSON text that JavaScript can't hold; its digits stand in the value as text. */
export interface KeptNumber {
  /** The property that holds it, or the index in a list. */
  readonly key: string;
  /** As it is written. */
  readonly source: string;
  /** `too-large`: beyond ±1.8e308. `rounded`: beyond 2^53, and a double would have other digits. */
  readonly why: "rounded" | "too-large";
}

/**
 * Numbers that a double may change have 16 digits in a row or an exponent, and stand behind one of these characters. What stands so in a
 * string takes time only; the hub's ids, which are full of `3e5`, stand behind a quote.
 */
const MAY_LOSE = /(?:^|[:,[\s])-?(?:\d{16}|\d[\d.]*e\+?\d)/i;

/**
 * JSON.parse that never changes the digits of a number silently: a number beyond 2^53 that a double would round, such as
 * 1152921506151679043, and a number beyond ±1.8e308 become text of these digits. Smaller numbers are doubles, as everywhere
 * (RFC 8259, section 6), so 0.1 stays a number.
 * @param text JSON
 * @returns the value, and the numbers that are text in it; those that a schema declares as a number don't match the schema
 * @throws SyntaxError when the text is not JSON, or is nested too deeply for the parser's stack
 */
export function exactJson(text: string): { readonly value: unknown; readonly kept: readonly KeptNumber[] } {
  if (!MAY_LOSE.test(text)) return { value: JSON.parse(text), kept: [] };
  const kept: KeptNumber[] = [];
  const value = parsed(text, (key, member, source) => {
    const why = source === undefined ? undefined : lossOf(member, source);
    if (source === undefined || why === undefined) return member;
    kept.push({ key, source, why });
    return source;
  });
  return { value, kept };
}

/** The value with every number as the text that stands in the JSON. @throws SyntaxError as `exactJson` */
export const digitsOf = (text: string): unknown =>
  parsed(text, (_key, member, source) => (typeof member === "number" ? source : member));

/** What an error says about the numbers that are text; `""` when there are none. At most three, 40 digits each. */
export function keptText(kept: readonly KeptNumber[]): string {
  if (kept.length === 0) return "";
  const shown = kept.slice(0, 3).map(({ key, source }) => `${key.slice(0, 64)} (${source.slice(0, 40)})`);
  return ` A number can't hold the digits of ${shown.join(", ")}, so they are text. Declare such a field as int64(), or as a string.`;
}

function parsed(text: string, replace: (key: string, member: unknown, source: string | undefined) => unknown): unknown {
  try {
    return Json.parse(text, (key, member, { source }) => replace(key, member, source));
  } catch (error) {
    // The reviver's recursion ends sooner than the parser's.
    if (error instanceof RangeError) throw new SyntaxError("it is nested too deeply", { cause: error });
    throw error;
  }
}

function lossOf(member: unknown, source: string): KeptNumber["why"] | undefined {
  if (typeof member !== "number") return undefined;
  if (!Number.isFinite(member)) return "too-large";
  if (Math.abs(member) <= Number.MAX_SAFE_INTEGER) return undefined;
  return decimal(String(member)) === decimal(source) ? undefined : "rounded";
}

/** One spelling for each value: significant digits and exponent, so that 1e23, 1E+23 and 100000000000000000000000 are equal. */
function decimal(source: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(source) ?? [];
  const digits = (whole + fraction).replace(/^0+/, "");
  // Not by /0+$/, which takes the square of a run of zeros.
  let end = digits.length;
  while (digits[end - 1] === "0") end -= 1;
  return `${sign}${digits.slice(0, end)}e${Number(exponent) - fraction.length + digits.length - end}`;
}
