import type * as z from "zod";

/** A header whose value is a field of the operation's input. */
export interface FromInput<Field extends string = string, Schema extends z.ZodType = z.ZodType> {
  readonly from: "input";
  readonly field: Field;
  readonly schema: Schema;
}
/** A header whose value is in the adapter's secret. */
export interface FromSecret {
  readonly from: "secret";
  readonly key: string;
}
/** A text is sent as it is. */
type HeaderValue = string | FromInput | FromSecret;
export type HeaderValues = Readonly<Record<string, HeaderValue>>;

/**
 * Takes a header's value from the operation's input.
 * @param field its name in the input
 * @param schema of a text, number or boolean; optional where the header may be missing
 * @example headers: { "If-Match": fromInput("etag", z.string()) }
 */
export const fromInput = <const Field extends string, Schema extends z.ZodType<string | number | boolean | undefined>>(
  field: Field,
  schema: Schema,
): FromInput<Field, Schema> => ({ from: "input", field, schema });

/**
 * Takes a header's value from the secret of the adapter's `auth`, where it stands under this key.
 * @example headers: { "Stripe-Account": fromSecret("account") }
 */
export const fromSecret = (key: string): FromSecret => ({ from: "secret", key });

type OptionalFields<Headers> = {
  [H in keyof Headers]: Headers[H] extends FromInput<infer F, infer S> ? (undefined extends z.input<S> ? F : never) : never;
}[keyof Headers];
type RequiredFields<Headers> = {
  [H in keyof Headers]: Headers[H] extends FromInput<infer F, infer S> ? (undefined extends z.input<S> ? never : F) : never;
}[keyof Headers];
type HeldBy<Headers, Field> = {
  [H in keyof Headers]: Headers[H] extends FromInput<infer F, infer S> ? (F extends Field ? z.input<S> : never) : never;
}[keyof Headers];

/** Part of the input that headers add. */
export type HeaderInput<Headers> = { readonly [F in RequiredFields<Headers>]: HeldBy<Headers, F> } & {
  readonly [F in OptionalFields<Headers>]?: HeldBy<Headers, F>;
};

/** The headers that are fields of the input. */
export const inputHeaders = (headers: HeaderValues): readonly (readonly [header: string, value: FromInput])[] =>
  Object.entries(headers).flatMap(([header, value]) =>
    typeof value !== "string" && value.from === "input" ? [[header, value] as const] : [],
  );
/** The headers that come from the secret. */
export const secretHeaders = (headers: HeaderValues): readonly (readonly [header: string, key: string])[] =>
  Object.entries(headers).flatMap(([header, value]) =>
    typeof value !== "string" && value.from === "secret" ? [[header, value.key] as const] : [],
  );
