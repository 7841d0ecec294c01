/** Words that no constant can be named: those of the language, and what the written file imports or declares itself. */
const RESERVED = new Set(
  "break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof new null return super switch this throw true try typeof var void while with yield let static implements interface package private protected public await async of arguments eval undefined NaN Infinity Object Array String Number Boolean Symbol Map Set Date RegExp Promise Error JSON Record Partial z adapter call".split(
    " ",
  ),
);

const words = (text: string): readonly string[] =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "");
const capital = (word: string) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
const startable = (name: string, prefix: string) => (/^[A-Za-z]/.test(name) ? name : `${prefix}${name}`);

export const pascal = (text: string): string => startable(words(text).map(capital).join(""), "Type");
export function camel(text: string): string {
  const [first = "", ...rest] = words(text);
  const start = first === first.toUpperCase() ? first.toLowerCase() : `${first.slice(0, 1).toLowerCase()}${first.slice(1)}`;
  const name = startable([start, ...rest.map(capital)].join(""), "call");
  return RESERVED.has(name) ? `${name}_` : name;
}
/** Such as "erp-orders", at most 30 characters. */
export const kebab = (text: string): string =>
  startable(words(text).join("-").toLowerCase(), "api-").slice(0, 30).replace(/-+$/, "");

/** Gives each thing a name of its own. */
export class UniqueNames {
  readonly #taken = new Set(RESERVED);

  take(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.#taken.has(name); i += 1) name = `${wanted}${i}`;
    this.#taken.add(name);
    return name;
  }
}

export const quoted = (value: unknown): string => JSON.stringify(value) ?? "undefined";
/** A key of an object literal. */
export const key = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name));
/** Text that ends no comment. */
export const comment = (text: string): string => text.replace(/\s+/g, " ").replaceAll("*/", "* /").trim();
