import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { sample } from "openapi-sampler";
import type { Clock } from "../../emulator/clock.ts";
import { type AnswerDescription, isOAuth2, type JsonSchema } from "../../model/index.ts";
import { withExamples } from "../schema-sample.ts";
import { Tokens } from "./tokens.ts";
import type { ThirdParty, ThirdPartyOperation } from "./types.ts";

interface SimulatedOperation extends ThirdPartyOperation {
  readonly segments: readonly string[];
  checkBody(): ValidateFunction | undefined;
  checkQuery(): ValidateFunction | undefined;
  checkReturns(): ValidateFunction;
}
export interface FoundOperation {
  readonly operation: SimulatedOperation;
  readonly params: Readonly<Record<string, string>>;
}
export interface FieldError {
  /** JSON pointer; `""` for the whole body. */
  readonly field: string;
  readonly message: string;
}

/** Path at which the sandbox serves an address of a third party, without a slash at its end. */
export const sandboxPath = (party: string, url: string): string => `/${party}${new URL(url).pathname.replace(/\/$/, "")}`;

/** A third party with compiled schemas. */
export class SimulatedParty {
  readonly party: ThirdParty;
  readonly tokens: Tokens;
  /** Path of the token endpoint after `/<name>`; `undefined` without OAuth 2. */
  readonly tokenPath: string | undefined;
  readonly #base: readonly string[];
  readonly #operations: readonly SimulatedOperation[];

  constructor(party: ThirdParty, clock: Clock) {
    this.party = party;
    this.tokens = new Tokens(clock);
    const { auth, tokenUrl } = party;
    const url = tokenUrl ?? (isOAuth2(auth) ? auth.tokenUrl : undefined);
    this.tokenPath = url === undefined ? undefined : new URL(url, party.baseUrl).pathname;
    this.#base = split(new URL(party.baseUrl).pathname);
    this.#operations = party.operations.map((operation) => ({
      ...operation,
      segments: split(operation.path),
      // Text holds no types. The schema gives them.
      checkBody: () =>
        operation.body && compile(operation.body.schema, ["form", "xml", "multipart"].includes(operation.body.form)),
      checkQuery: () => operation.query && compile(operation.query, true),
      checkReturns: () => compile(operation.returns.schema, false),
    }));
  }

  /**
   * @param path the part after `/<name>`, without query string
   * @param secret the address where it is a secret
   */
  find(method: string, path: string, secret?: string): FoundOperation | undefined {
    const base = secret === undefined ? this.#base : split(URL.canParse(secret) ? new URL(secret).pathname : "");
    const all = split(path);
    if (base.some((segment, i) => decode(all[i] ?? "") !== decode(segment))) return undefined;
    const given = all.slice(base.length);
    const fits = this.#operations
      .map((operation) => ({ operation, params: matchSegments(operation.segments, given) }))
      .filter((found): found is FoundOperation => found.params !== undefined && found.operation.method === method);
    // A fixed segment wins over a parameter.
    return fits.sort((a, b) => Object.keys(a.params).length - Object.keys(b.params).length)[0];
  }
}

/** Validates the body and the query of a call; their texts become what the schema says. */
export function fieldErrors({ checkBody, checkQuery }: SimulatedOperation, body: unknown, query: unknown): FieldError[] {
  const errors: FieldError[] = [];
  for (const [check, data, place] of [
    [checkBody(), body, ""],
    [checkQuery(), query, "?"],
  ] as const) {
    if (!check || check(data)) continue;
    for (const { instancePath, message = "is invalid", params } of check.errors ?? []) {
      const extra = typeof params.additionalProperty === "string" ? `: ${params.additionalProperty}` : "";
      errors.push({ field: `${place}${instancePath}`, message: `${message}${extra}` });
    }
  }
  return errors;
}

/** @returns the fields of a query, with lists as the operation writes them */
export function queryFields(
  { query, queryLists }: SimulatedOperation,
  given: URLSearchParams,
): Readonly<Record<string, unknown>> {
  const properties = (query?.properties ?? {}) as Readonly<Record<string, { readonly type?: unknown }>>;
  const isList = (name: string) => properties[name]?.type === "array";
  const names = [...new Set([...given.keys()].map((name) => (queryLists === "brackets" ? name.replace(/\[\]$/, "") : name)))];
  return Object.fromEntries(
    names.map((name) => {
      const values = given.getAll(queryLists === "brackets" && isList(name) ? `${name}[]` : name);
      if (!isList(name)) return [name, values[0]];
      return [name, queryLists === "comma" ? values.flatMap((value) => value.split(",")) : values];
    }),
  );
}

/** No sample of an answer can be made; its message says where and why. */
export class NoSampleError extends Error {
  override readonly name = "NoSampleError";
}

/** A sample of an answer's body. @throws NoSampleError for a pattern that no text is known for */
export function sampleAnswer({ schema, form }: AnswerDescription): unknown {
  if (form === "bytes" || form === "stream") return Buffer.from("sample").toString("base64");
  const known = withExamples(schema);
  if (known.unmet.length > 0)
    throw new NoSampleError(`no text is known for ${known.unmet.join(" and ")}. Give the operation an \`example\`.`);
  return sample(known.schema as never, { quiet: true }, known.schema);
}

/** The example, or a sample of `returns`. Keys with the name of a path parameter have its value. */
export function answerOf({ example, returns }: SimulatedOperation, params: Readonly<Record<string, string>>): SampleAnswer {
  const given = (returns.headers && example !== undefined ? example : { body: example }) as Partial<SampleAnswer>;
  // A sample of a link would lead nowhere.
  const named = (returns.headers ?? []).filter((name) => name.toLowerCase() !== "link");
  const headers = { ...Object.fromEntries(named.map((name) => [name, `sandbox-${name.toLowerCase()}`])), ...given.headers };
  const body = given.body ?? sampleAnswer(returns);
  if (typeof body !== "object" || body === null || Array.isArray(body)) return { headers, body };
  const echoed = Object.entries(params).filter(([name]) => Object.hasOwn(body, name));
  return { headers, body: { ...body, ...Object.fromEntries(echoed) } };
}

interface SampleAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** JSON that does not match `returns`; `undefined` when `returns` allows everything. */
export function invalidFor({ checkReturns }: SimulatedOperation): unknown {
  return [{ unexpected: "an answer that is wrong on purpose" }, ["wrong on purpose"], "wrong on purpose", null].find(
    (answer) => !checkReturns()(answer),
  );
}

/** Compiled schemas by their text: tests make the same third parties many times. */
const compiled = new Map<string, ValidateFunction>();

function compile(schema: JsonSchema, coerce: boolean): ValidateFunction {
  const key = `${coerce} ${JSON.stringify(schema)}`;
  const known = compiled.get(key);
  if (known) return known;
  const ajv = new Ajv2020({ allErrors: true, strict: false, coerceTypes: coerce ? "array" : false });
  addFormats.default(ajv);
  const check = ajv.compile(schema);
  compiled.set(key, check);
  return check;
}

const split = (path: string) => path.split("/").filter((segment) => segment !== "");

function matchSegments(segments: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  if (segments.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, segment] of segments.entries()) {
    const names = [...segment.matchAll(PARAMETER)].map(([, name = ""]) => name);
    if (names.length === 0 && segment !== decode(given[at] ?? "")) return undefined;
    const values = names.length > 0 ? segmentPattern(segment).exec(given[at] ?? "") : [];
    if (!values) return undefined;
    for (const [i, name] of names.entries()) params[name] = decode(values[i + 1] ?? "");
  }
  return params;
}

/** A parameter may be a part of a segment: `:id.json`. */
const PARAMETER = /:([A-Za-z0-9_]+)/g;
const segmentPattern = (segment: string) =>
  new RegExp(
    `^${segment
      .split(PARAMETER)
      .map((part, i) => (i % 2 === 1 ? "(.+?)" : escaped(part)))
      .join("")}$`,
  );
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
