import * as z from "zod";

// Schemas that settings share. Their metadata serve messages and the table of docs/settings.md: `form` describes accepted values
// where JSON Schema can't, `otherwise` what applies when a setting without a default is not set.

/** A whole number; both limits are accepted. */
export const whole = (least: number, most: number, description: string) => z.int().min(least).max(most).meta({ description });

export const text = (pattern: RegExp, form: string, description?: string) =>
  z
    .string()
    .regex(pattern)
    .meta({ form, ...(description && { description }) });

/** A name as identity providers give it: a client's, a claim's. */
export const label = (description?: string) => text(/^[^\s\p{C}]{1,256}$/u, "1 to 256 characters without spaces", description);

/** @param otherwise what applies when it is not set */
export const optional = <T extends z.ZodType>(schema: T, otherwise: string) => schema.exactOptional().meta({ otherwise });

export const areDifferent = (values: readonly unknown[]) => new Set(values).size === values.length;
export const isFilled = (entries: object) => Object.keys(entries).length > 0;
