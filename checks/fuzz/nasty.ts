import * as fc from "fast-check";

/** Text that careless parsers interpret: templates, JSON, HTTP, paths, JavaScript. */
const TELLING = [
  // Velocity and the variables of API Gateway's templates.
  '$util.urlDecode("%22%7D")',
  '$util.escapeJavaScript("x")',
  "$util.base64Decode('e30=')",
  "#set($x=1)",
  '#set($requestId = "stolen")',
  "#set($context.responseOverride.status = 500)",
  "#if(true)#stop#end",
  "#foreach($i in [1..1000000])x#end",
  "#evaluate('x')",
  "#parse('x')",
  "#*",
  "*#",
  "##",
  "#[[x]]#",
  "${context.requestId}",
  "$context.authorizer.tenant",
  "$!{context.identity.apiKey}",
  "$input.json('$')",
  "$input.params()",
  "$stageVariables.x",
  "$",
  "$1",
  "\\$1",
  "$&",
  // JSON within JSON.
  '"',
  "'",
  "\\",
  "\\\\",
  "\\'",
  "\\\\'",
  '\\"',
  '","requestId":"stolen","x":"',
  '"},"data":{"orderId":"stolen',
  '"}],"Entries":[{"Source":"hub.stolen',
  "\\u0022",
  "\\u005c",
  "{}",
  "[]",
  "null",
  // Lines, controls, and what is no character.
  "\r\n",
  "\n",
  "\r",
  "\t",
  "\0",
  "\u0001",
  "\u001b[31m",
  "\u007f",
  "\u0085",
  "\u2028",
  "\u2029",
  "\ufeff",
  "\u202e",
  "\u{1f600}",
  "é",
  "ß",
  "İ",
  "e\u0301",
  "日本語",
  // Other languages.
  "</script><script>alert(1)</script>",
  "'; DROP TABLE requests; --",
  "../../../../etc/passwd",
  "..%2f..%2f",
  "%00",
  "%0d%0aX-Injected: 1",
  "%",
  "%zz",
  "%c0%af",
  "__proto__",
  "constructor",
  "toString",
  "{{7*7}}",
  "`id`",
  "$(id)",
  "%s%n",
  "http://169.254.169.254/latest/meta-data/",
  "",
  " ",
  "a".repeat(300),
];

const NO_CHARACTER = /[\ufffe\uffff]/;
const part = fc
  .oneof(
    { arbitrary: fc.constantFrom(...TELLING), weight: 5 },
    { arbitrary: fc.string({ unit: "binary", maxLength: 20 }), weight: 2 },
    { arbitrary: fc.string({ unit: "grapheme", maxLength: 8 }), weight: 1 },
  )
  .filter((text) => !NO_CHARACTER.test(text));

/** A text of one to three such parts. */
export const nasty: fc.Arbitrary<string> = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(""));

/** What is valid JSON and no event can carry. */
export const unfit: fc.Arbitrary<string> = fc
  .tuple(nasty, fc.constantFrom("\ud800", "\udfff", "\ud83d ", "\ufffe", "\uffff"), nasty)
  .map(([before, one, after]) => `${before} ${one} ${after}`);

/** @returns such a text, not empty and no longer than `most` characters */
export const shortNasty = (most: number): fc.Arbitrary<string> => nasty.map((text) => [...text].slice(0, most).join("") || "x");

/** What a header can carry: one byte a character, no control but tab. */
export const headerText: fc.Arbitrary<string> = nasty.map((text) =>
  Buffer.from(text.replace(/\p{Cc}/gu, " ").trim())
    .toString("latin1")
    .replace(/[\u0080-\u009f]/g, "\u00a0"),
);

/** What a socket lets through and HTTP does not. */
export const brokenHeaderText: fc.Arbitrary<string> = nasty.map((text) => Buffer.from(text).toString("latin1"));
