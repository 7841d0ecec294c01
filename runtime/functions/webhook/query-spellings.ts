import type { Parameter } from "./call.ts";

/** Of up to this many parameters, each order is tried. The gateway keeps no order but that of values of one name. */
const ORDERED = 4;
/** Most spellings that are tried, so that an unsigned call costs a bounded time. */
const MOST = 128;

/**
 * The query strings, likeliest first, that the gateway passes as these decoded parameters. A sender that signs the URL signs one of them,
 * and the gateway does not say which.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format
 * @returns `[""]` for a call without parameters
 */
export function querySpellings(parameters: readonly Parameter[]): readonly string[] {
  if (parameters.length === 0) return [""];
  const texts = new Set<string>();
  const spellings = encodings(parameters);
  for (const order of orders(parameters))
    for (const spell of spellings) {
      texts.add(order.map(spell).join("&"));
      if (texts.size >= MOST) return [...texts];
    }
  return [...texts];
}

/** Characters that senders write in different ways: as `encodeURIComponent` does, or as the second one. */
const CHOICES: readonly (readonly [encoded: RegExp, other: string | ((text: string) => string)])[] = [
  // An HTML form's.
  [/%20/g, "+"],
  [/'/g, "%27"],
  [/[!()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`],
  // RFC 3986 lets them stand in a query.
  [/%(?:3A|40|2F|2C|3B|24|3F)/g, decodeURIComponent],
  [/~/g, "%7E"],
  [/%2B/g, "+"],
  [/%[0-9A-F]{2}/g, (code) => code.toLowerCase()],
];

/** One function for each combination of the choices that matter for these parameters. */
function encodings(parameters: readonly Parameter[]): readonly ((parameter: Parameter) => string)[] {
  const all = parameters.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
  const relevant = CHOICES.filter(([encoded]) => all.search(encoded) >= 0);
  const bare = parameters.some(([, value]) => value === "") ? [false, true] : [false];
  return bare.flatMap((withoutSign) =>
    Array.from({ length: 2 ** relevant.length }, (_, bits) => {
      const chosen = relevant.filter((_, i) => bits & (1 << i));
      const spell = (text: string) =>
        chosen.reduce((spelled, [encoded, other]) => spelled.replace(encoded, other as string), encodeURIComponent(text));
      return ([name, value]: Parameter) => (withoutSign && value === "" ? spell(name) : `${spell(name)}=${spell(value)}`);
    }),
  );
}

/** Orders of the parameters; those of one name keep theirs. */
function orders(parameters: readonly Parameter[]): readonly (readonly Parameter[])[] {
  if (parameters.length > ORDERED) return [parameters, [...parameters].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))];
  const firsts = parameters.filter(([name], i) => parameters.findIndex(([other]) => other === name) === i);
  return parameters.length === 0
    ? [[]]
    : firsts.flatMap((first) => orders(parameters.filter((parameter) => parameter !== first)).map((rest) => [first, ...rest]));
}
