import { readFile } from "node:fs/promises";
import { bundle, createConfig } from "@redocly/openapi-core";
import { parse } from "yaml";
import * as z from "zod";
import { OpenApiError } from "./open-api-error.ts";

/** Part of a document, or a schema of it. */
export type Json = Readonly<Record<string, unknown>>;

const DOCUMENT = z.looseObject({
  openapi: z.string().regex(/^3\.[01](\.|$)/),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
});

/** An OpenAPI document whose references are all within it. */
export class OpenApi {
  readonly root: z.output<typeof DOCUMENT>;

  constructor(root: z.output<typeof DOCUMENT>) {
    this.root = root;
  }

  /** Follows references, as often as one leads to another. @throws OpenApiError for one that leads nowhere or in a circle */
  resolve(value: unknown): { readonly value: Json; readonly ref: string | undefined } {
    const seen: string[] = [];
    let found = asJson(value);
    for (let ref = found.$ref; typeof ref === "string"; ref = found.$ref) {
      if (seen.includes(ref)) throw new OpenApiError(`The reference ${ref} leads in a circle. Correct the document.`);
      seen.push(ref);
      found = asJson(this.#at(ref));
    }
    return { value: found, ref: seen[0] };
  }

  #at(ref: string): unknown {
    const keys = ref.slice(2).split("/").map(unescaped);
    const found = keys.reduce<unknown>(
      (value, key) => (isJson(value) && Object.hasOwn(value, key) ? value[key] : undefined),
      this.root,
    );
    if (found === undefined) throw new OpenApiError(`The reference ${ref} leads nowhere. Correct the document.`);
    return found;
  }
}

/** https://www.rfc-editor.org/rfc/rfc6901#section-6 */
const unescaped = (key: string) => safelyDecoded(key).replaceAll("~1", "/").replaceAll("~0", "~");

function safelyDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
export const asJson = (value: unknown): Json => (isJson(value) ? value : {});
export const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const asText = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/**
 * @param file JSON or YAML; its references may lead to other files
 * @throws OpenApiError when it can't be read, or is no OpenAPI 3.0 or 3.1 document
 */
export async function readDocument(file: string): Promise<OpenApi> {
  const text = await readFile(file, "utf8").catch(() => {
    throw new OpenApiError(`${file} can't be read. Name the file of an OpenAPI document.`);
  });
  const parsed = parsedText(file, text);
  if (isJson(parsed) && parsed.swagger !== undefined)
    throw new OpenApiError(
      `${file} is a Swagger ${String(parsed.swagger)} document. Convert it to OpenAPI 3, for example by npx swagger2openapi.`,
    );
  const document = DOCUMENT.safeParse(/"\$ref":"[^#]/.test(JSON.stringify(parsed)) ? await bundled(file) : parsed);
  if (document.success) return new OpenApi(document.data);
  const { path = [], message } = document.error.issues[0] ?? {};
  throw new OpenApiError(
    `${file} is no OpenAPI 3.0 or 3.1 document: ${path.join(".") || "the document"}: ${message}. Name such a document.`,
  );
}

function parsedText(file: string, text: string): unknown {
  try {
    return /^\s*\{/.test(text) ? JSON.parse(text) : parse(text);
  } catch (error) {
    throw new OpenApiError(`${file} is neither JSON nor YAML: ${(error as Error).message.split("\n")[0]} Correct it.`);
  }
}

/** Takes the other files that it refers to into it. */
async function bundled(file: string): Promise<unknown> {
  const { bundle: whole, problems } = await bundle({ ref: file, config: await createConfig({}) });
  const [wrong] = problems;
  if (wrong) throw new OpenApiError(`${file}: ${wrong.message} Correct the document.`);
  return whole.parsed;
}
