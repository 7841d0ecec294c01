/** An HTML form's fields; one that comes more than once is a list. */
export type Fields = Readonly<Record<string, string | readonly string[]>>;

/** @returns the fields of `application/x-www-form-urlencoded`, in the order of their first coming */
export function formFields(body: Buffer): Fields {
  const fields = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(body.toString())) fields.set(name, [...(fields.get(name) ?? []), value]);
  return Object.fromEntries([...fields].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? "") : values]));
}
