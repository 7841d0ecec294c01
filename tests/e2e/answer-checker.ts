import Ajv2020, { type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

interface Header {
  readonly required?: boolean;
  readonly schema: object;
}
interface ResponseObject {
  readonly $ref?: string;
  readonly headers?: Readonly<Record<string, Header>>;
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}
interface Operation {
  readonly responses: Readonly<Record<string, ResponseObject>>;
}
export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: Readonly<Record<string, ResponseObject>> };
}

/** Headers that the document has to name wherever an answer has them. */
const TOLD = ["x-request-id", "x-correlation-id", "retry-after", "www-authenticate"];

/** Holds real answers against an OpenAPI document, and remembers which of its answers it has seen. */
export class AnswerChecker {
  /** Such as `GET /requests 200`. */
  readonly seen = new Set<string>();
  readonly #document: OpenApiDocument;
  readonly #ajv: Ajv2020.default;
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(document: OpenApiDocument) {
    this.#document = document;
    this.#ajv = new Ajv2020.default({ strict: false, allErrors: true });
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(closed(document) as object, "document");
  }

  /** Each answer that the document tells of, as `seen` has it. */
  documented(): readonly string[] {
    return Object.entries(this.#document.paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, { responses }]) =>
        Object.keys(responses).map((status) => `${method.toUpperCase()} ${path} ${status}`),
      ),
    );
  }

  /**
   * @param path as the document has it, such as `/requests/{requestId}`
   * @throws Error that tells in what the answer is another than the document says
   */
  async check(method: string, path: string, answer: Response): Promise<void> {
    const what = `${method} ${path} ${answer.status}`;
    const told = this.#document.paths[path]?.[method.toLowerCase()]?.responses[answer.status];
    const text = await answer.clone().text();
    if (!told) throw new Error(`${what}: the document does not tell of it. ${text}`);
    const response = told.$ref ? this.#document.components.responses[told.$ref.split("/").at(-1) ?? ""] : told;
    const faults = [...this.#bodyFaults(response ?? {}, answer, text), ...this.#headerFaults(response ?? {}, answer)];
    if (faults.length > 0) throw new Error(`${what}: ${faults.join("; ")}. ${text}`);
    this.seen.add(what);
  }

  #bodyFaults({ content = {} }: ResponseObject, { headers }: Response, text: string): readonly string[] {
    const [type = ""] = (headers.get("content-type") ?? "").split(";");
    const media = content[type];
    if (!media) return [`content type ${type} is none of ${Object.keys(content).join(", ")}`];
    const body: unknown = type.endsWith("json") ? JSON.parse(text) : text;
    const validate = this.#validator(media.schema);
    if (validate(body)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath || "/"} ${message} ${JSON.stringify(params)}`,
    );
  }

  #headerFaults({ headers: told = {} }: ResponseObject, { headers }: Response): readonly string[] {
    const names = Object.keys(told).map((name) => name.toLowerCase());
    const untold = TOLD.filter((name) => headers.has(name) && !names.includes(name));
    return [
      ...untold.map((name) => `header ${name} is not told of`),
      ...Object.entries(told).flatMap(([name, { required = false, schema }]) => {
        const value = headers.get(name);
        if (value === null) return required ? [`header ${name} is missing`] : [];
        const number = /^\d+$/.test(value) && "type" in schema && schema.type === "integer";
        return this.#validator(schema)(number ? Number(value) : value) ? [] : [`header ${name} is ${value}`];
      }),
    ];
  }

  #validator(schema: object): ValidateFunction {
    const text = JSON.stringify(closed(schema)).replaceAll('"$ref":"#/', '"$ref":"document#/');
    const validate = this.#compiled.get(text) ?? this.#ajv.compile(JSON.parse(text) as object);
    this.#compiled.set(text, validate);
    return validate;
  }
}

/**
 * With every object that names its properties closed to others: clients may be sent more one day, but what is sent now has to be told
 * of.
 */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== "object" || value === null) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, closed(part)]));
  const isObject = inner.type === "object" && inner.properties !== undefined && inner.additionalProperties === undefined;
  return isObject ? { ...inner, additionalProperties: false } : inner;
}
