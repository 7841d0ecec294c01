import * as fc from "fast-check";
import { nasty } from "./nasty.ts";

/** Numbers in forms that JavaScript would not write. */
const NUMBERS = ["0", "-0", "1.0", "1e400", "-1e400", "1e-400", "12345678901234567890", "0.1", "1E5", "-9007199254740993", "3e0"];
/** Greatest generated depth; cases.ts covers deeper nesting. */
const DEPTH = 5;

/** A JSON string, as JavaScript writes it, or with each unit escaped. */
const literal: fc.Arbitrary<string> = fc.tuple(nasty, fc.boolean()).map(([text, escaped]) => {
  const codes = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at).toString(16).padStart(4, "0"));
  return escaped ? `"${codes.map((code) => `\\u${code}`).join("")}"` : JSON.stringify(text);
});

const value = fc.letrec<{ value: string; object: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: DEPTH, depthIdentifier: "json" },
    literal,
    fc.constantFrom(...NUMBERS, "true", "false", "null"),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
    fc.array(tie("value"), { maxLength: 4, depthIdentifier: "json" }).map((all) => `[${all.join(", ")}]`),
    tie("object"),
  ),
  object: fc
    .array(
      fc.tuple(fc.oneof(literal, fc.constantFrom('"__proto__"', '"a"', '"metadata"', '"data"', '"requestId"')), tie("value")),
      {
        maxLength: 5,
        depthIdentifier: "json",
      },
    )
    .map((fields) => `{${fields.map(([name, value]) => `${name}: ${value}`).join(" ,\n")}}`),
}));

/** Text of a JSON object, which may name a key twice. */
export const objectText: fc.Arbitrary<string> = value.object;
export const valueText: fc.Arbitrary<string> = value.value;

/** Bytes that are almost JSON, or not at all. */
export const brokenBody: fc.Arbitrary<Buffer> = fc.oneof(
  fc
    .tuple(objectText, fc.double({ min: 0, max: 0.99, noNaN: true }))
    .map(([text, share]) => Buffer.from(text).subarray(0, Math.floor(text.length * share))),
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  nasty.map((text) => Buffer.from(text)),
  objectText.map((text) => Buffer.from(`\ufeff${text}`)),
  objectText.map((text) => Buffer.from(text, "utf16le")),
  objectText.map((text) => Buffer.from(`${text}${text}`)),
  objectText.map((text) => Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0xff, 0xc0, 0x80]), Buffer.from("}")])),
  fc
    .constantFrom(
      "{'a':1}",
      '{"a":1,}',
      "{a:1}",
      '{"a":01}',
      '{"a":+1}',
      '{"a":NaN}',
      '{"a":Infinity}',
      "// x\n{}",
      '"text"',
      "1",
      "null",
      "[]",
      "true",
      "",
    )
    .map((text) => Buffer.from(text)),
);
