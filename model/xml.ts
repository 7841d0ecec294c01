import { XMLBuilder, XMLParser, XMLValidator } from "fast-xml-parser";
import type * as z from "zod";
import type { Content } from "./content.ts";

// A module of its own, so that only the bundles of flows that import it contain the parser.

const NAMES = { ignoreAttributes: false, attributeNamePrefix: "@", textNodeName: "#text" } as const;

/**
 * XML, as a body (the field `body` of the input) or an answer. The schema is an object with the root element as its only key; attributes are
 * `@name`, an element's text beside attributes is `#text`. Elements are written in the order of the object's keys.
 *
 * Reading follows the schema: an element that the schema has as a list is one, however often it occurs; numbers and booleans are taken from
 * their text, all else stays text. Namespace prefixes are left out, since each sender chooses its own; in a body they are written as given.
 * A document type declaration is refused.
 *
 * @param options.type content type. @default "application/xml"
 * @example body: xml(z.object({ "soap:Envelope": z.object({ "@xmlns:soap": z.string(), "soap:Body": z.object({ … }) }) }), { type: "text/xml" })
 */
export const xml = <Schema extends z.ZodObject>(
  schema: Schema,
  { type = "application/xml" }: { readonly type?: string } = {},
): Content<z.input<Schema>, z.output<Schema>, "xml"> => ({
  kind: "content",
  form: "xml",
  type,
  schema,
  codec: { read: (text) => fitted(parseXml(text), schema), write: writeXml },
});

const parserThat = (removeNSPrefix: boolean) =>
  new XMLParser({
    ...NAMES,
    removeNSPrefix,
    parseTagValue: false,
    parseAttributeValue: false,
    ignoreDeclaration: true,
    ignorePiTags: true,
  });
const parser = parserThat(true);
const builder = new XMLBuilder({ ...NAMES, suppressBooleanAttributes: false });

/**
 * @param prefixes keeps the prefixes of namespaces. @default false
 * @throws Error when the text is not well-formed, or declares a document type. The message contains nothing of the text
 */
export function parseXml(text: string, prefixes = false): unknown {
  if (/<!DOCTYPE/i.test(text)) throw new Error("it declares a document type");
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw new Error(`it is not well-formed XML (line ${valid.err.line})`);
  return (prefixes ? parserThat(false) : parser).parse(text);
}

export const writeXml = (value: unknown): string =>
  `<?xml version="1.0" encoding="UTF-8"?>${builder.build(value as Record<string, unknown>)}`;

/** The parts of a zod schema that reading follows. */
interface Shaped {
  readonly _zod: {
    readonly def: {
      readonly type: string;
      readonly innerType?: Shaped;
      readonly element?: Shaped;
      readonly shape?: Readonly<Record<string, Shaped>>;
    };
  };
}

/** Each run of digits has one place, so that it takes no square of a long one. */
const NUMBER = /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/;

/** @returns the parsed value with lists, numbers and booleans where the schema has them */
function fitted(value: unknown, { _zod: { def } }: Shaped): unknown {
  switch (def.type) {
    case "optional":
    case "nullable":
    case "default":
    case "readonly":
      return value === undefined || !def.innerType ? value : fitted(value, def.innerType);
    case "array":
      return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map((item) =>
        def.element ? fitted(item, def.element) : item,
      );
    case "object":
      return objectOf(value, def.shape ?? {});
    case "number":
    case "int": {
      const text = textOf(value);
      return typeof text === "string" && NUMBER.test(text.trim()) ? Number(text) : text;
    }
    case "boolean": {
      // https://www.w3.org/TR/xmlschema11-2/#boolean
      const text = textOf(value);
      return text === "true" || text === "1" ? true : text === "false" || text === "0" ? false : text;
    }
    default:
      return textOf(value);
  }
}

function objectOf(value: unknown, shape: Readonly<Record<string, Shaped>>): unknown {
  // An element without children is parsed as its text.
  const fields = typeof value === "string" ? { ...(value.trim() !== "" && { "#text": value }) } : value;
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) return fields;
  const given = fields as Readonly<Record<string, unknown>>;
  const known = Object.entries(shape).flatMap(([field, schema]) => {
    const read = fitted(given[field], schema);
    return read === undefined ? [] : [[field, read] as const];
  });
  return { ...given, ...Object.fromEntries(known) };
}

/** An element with attributes, where the schema wants its text alone. */
const textOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "#text" in value ? value["#text"] : value;
