import { counterExample } from "./counter-example.ts";
import { gapBetween } from "./includes.ts";
import type { Schema } from "./shape.ts";

/** A promise of the released contract that the working tree does not keep. */
export interface Break {
  /** Such as `flow order-to-erp, event OrderPlaced, field lines[].sku`. */
  readonly where: string;
  readonly fact: string;
  readonly remedy: string;
}

export const describeBreak = ({ where, fact, remedy }: Break) => `CONTRACT, ${where}: ${fact}. ${remedy}.`;

/** Longest value that is shown whole, characters. */
const LONGEST = 400;
export const shown = (value: unknown) => {
  const text = JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
};

/**
 * @param of what the values are, such as "events under way"
 * @param by who would refuse them, such as "step charge"
 * @returns why values of `narrow` do not all fit `wide`, with one of them; `undefined` when they do
 */
export function misfit(
  narrow: Schema,
  wide: Schema,
  { where, of, by, remedy }: { readonly where: string; readonly of: string; readonly by: string; readonly remedy: string },
): Break | undefined {
  const gap = gapBetween(narrow, wide);
  if (!gap) return undefined;
  const example = counterExample(narrow, wide);
  const place = gap.field === "" ? where : `${where}, field ${gap.field}`;
  return {
    where: place,
    fact: example
      ? `${by} would refuse ${of}, such as ${shown(example.value)}: ${gap.why}`
      : `unknown whether ${by} would take ${of}: ${gap.why}; no value was found that shows it`,
    remedy,
  };
}
