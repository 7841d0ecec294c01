/** A share in percent with its sign, such as `"99.9 %"`. */
export type Percentage = `${number} %`;

const FORM = /^(\d{1,3}(?:\.\d{1,4})?) %$/;

/** @returns the number before the sign, or `undefined` when the text is not a {@link Percentage}; the type lets `"1e1 %"` through, this does not */
export function parsePercentage(text: string): number | undefined {
  const [, number] = FORM.exec(text) ?? [];
  return number === undefined ? undefined : Number(number);
}
