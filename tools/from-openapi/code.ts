import type { OpenApi } from "./document.ts";
import type { Notes } from "./notes.ts";
import type { Direction, SchemaNames } from "./schema-names.ts";

/** A schema as code: of zod, and as the type of its values. */
export interface Code {
  readonly zod: string;
  readonly type: string;
}

export interface SchemaContext {
  readonly api: OpenApi;
  readonly names: SchemaNames;
  readonly notes: Notes;
  readonly direction: Direction;
  /** Such as `Order.lines`. */
  readonly place: string;
  /** Reports that a named schema is used. */
  readonly uses: (id: string) => void;
  /** Writes a schema within another one. */
  readonly write: (schema: unknown, context: SchemaContext) => Code;
}

export const UNKNOWN: Code = { zod: "z.unknown()", type: "unknown" };

/** The context of a part. */
export const within = (context: SchemaContext, field: string): SchemaContext => ({
  ...context,
  place: `${context.place}.${field}`,
});

export const nullableCode = ({ zod, type }: Code): Code =>
  zod.endsWith(".nullable()") || type === "unknown"
    ? { zod, type }
    : { zod: `${zod}.nullable()`, type: `${grouped(type)} | null` };

/** @returns the type in brackets, where operators would take it apart */
export const grouped = (type: string): string => (/[|&]/.test(type) && !type.startsWith("(") ? `(${type})` : type);

/** @returns code that accepts what one of them accepts */
export function joined(codes: readonly Code[]): Code {
  const different = [...new Map(codes.map((code) => [code.zod, code])).values()];
  const [first = UNKNOWN] = different;
  return different.length < 2
    ? first
    : {
        zod: `z.union([${different.map(({ zod }) => zod).join(", ")}])`,
        type: different.map(({ type }) => grouped(type)).join(" | "),
      };
}
