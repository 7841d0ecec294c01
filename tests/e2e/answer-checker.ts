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

/** Headers that the document must declare wherever an answer has them. */
const DECLARED_IF_SENT = ["x-request-id", "x-correlation-id", "retry-after", "www-authenticate"];

/** Checks real answers against an OpenAPI document, and records which of the documented answers it has seen. */
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

  /** Each answer in the document, in the form of `seen`. */
  documented(): readonly string[] {
    return Object.entries(this.#document.paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, { responses }]) =>
        Object.keys(responses).map((status) => `${method.toUpperCase()} ${path} ${status}`),
      ),
    );
  }

  /**
   * @param path as in the document, such as `/requests/{requestId}`
   * @throws Error that names each difference between the answer and the document
   */
  async check(method: string, path: string, answer: Response): Promise<void> {
    const what = `${method} ${path} ${answer.status}`;
    const documented = this.#document.paths[path]?.[method.toLowerCase()]?.responses[answer.status];
    const text = await answer.clone().text();
    if (!documented) throw new Error(`${what}: the document does not declare it. ${text}`);
    const response = documented.$ref ? this.#document.components.responses[documented.$ref.split("/").at(-1) ?? ""] : documented;
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

  #headerFaults({ headers: declared = {} }: ResponseObject, { headers }: Response): readonly string[] {
    const names = Object.keys(declared).map((name) => name.toLowerCase());
    const undeclared = DECLARED_IF_SENT.filter((name) => headers.has(name) && !names.includes(name));
    return [
      ...undeclared.map((name) => `header ${name} is not declared`),
      ...Object.entries(declared).flatMap(([name, { required = false, schema }]) => {
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
 * The schema with `additionalProperties: false` on every object that lists its properties. Clients must accept additional properties,
 * but the document must declare those that the hub sends now.
 */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== "object" || value === null) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([key, part]) => [key, closed(part)]));
  const isObject = inner.type === "object" && inner.properties !== undefined && inner.additionalProperties === undefined;
  return isObject ? { ...inner, additionalProperties: false } : inner;
}
