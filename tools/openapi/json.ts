/** A part of an OpenAPI document. */
export type Json = Readonly<Record<string, unknown>>;
