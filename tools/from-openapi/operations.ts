import { nearest } from "../../model/nearest.ts";
import { asJson, asList, asText, type Json, type OpenApi } from "./document.ts";
import { OpenApiError } from "./open-api-error.ts";

export interface ApiOperation {
  /** Its `operationId`, or `get /orders/{id}`. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly operation: Json;
  readonly parameters: readonly Json[];
  /** Of the operation, else of its path; `undefined`: those of the document. */
  readonly servers: unknown;
}

const METHODS = ["get", "head", "post", "put", "patch", "delete", "options", "trace"];

/** All operations, in the order of the document. */
export function operationsOf(api: OpenApi): readonly ApiOperation[] {
  return Object.entries(api.root.paths).flatMap(([path, given]) => {
    const item = api.resolve(given).value;
    return METHODS.filter((method) => item[method] !== undefined).map((method) => {
      const operation = asJson(item[method]);
      const own = asList(operation.parameters).map((parameter) => api.resolve(parameter).value);
      const shared = asList(item.parameters).map((parameter) => api.resolve(parameter).value);
      const isOwn = (parameter: Json) => own.some(({ name, in: place }) => name === parameter.name && place === parameter.in);
      return {
        id: asText(operation.operationId) ?? `${method} ${path}`,
        method,
        path,
        operation,
        parameters: [...shared.filter((parameter) => !isOwn(parameter)), ...own],
        servers: operation.servers ?? item.servers,
      };
    });
  });
}

/** @param wanted ids. @throws OpenApiError that names close ones for each that is unknown, or that the hub can't call */
export function chosen(all: readonly ApiOperation[], wanted: readonly string[]): readonly ApiOperation[] {
  return wanted.map((id) => {
    const found = all.find((operation) => operation.id === id || `${operation.method} ${operation.path}` === id);
    if (!found) throw new OpenApiError(`The document has no operation "${id}".${closeTo(id, all)} Print all with --list.`);
    if (["options", "trace"].includes(found.method))
      throw new OpenApiError(`"${id}" is ${found.method.toUpperCase()}, which adapters do not call. Choose another operation.`);
    if (found.path.replace(/\{[^{}]*\}/g, "").includes(":"))
      throw new OpenApiError(`"${id}" has a ":" in its path ${found.path}, where adapters write parameters. Declare it by hand.`);
    return found;
  });
}

function closeTo(id: string, all: readonly ApiOperation[]): string {
  const ids = all.map((operation) => operation.id);
  const word = id.toLowerCase();
  const near = [
    nearest(id, ids),
    ...ids.filter((other) => other.toLowerCase().includes(word) || word.includes(other.toLowerCase())),
  ];
  const names = [...new Set(near.filter((name) => name !== undefined))].slice(0, 5);
  return names.length === 0 ? "" : ` Close: ${names.join(", ")}.`;
}

/** For `--list`. */
export const listed = (all: readonly ApiOperation[]): string =>
  all
    .map(({ id, method, path, operation }) =>
      [id, `${method.toUpperCase()} ${path}`, operation.deprecated === true ? "deprecated" : "", asText(operation.summary) ?? ""]
        .filter((part) => part !== "")
        .join("  "),
    )
    .join("\n");
