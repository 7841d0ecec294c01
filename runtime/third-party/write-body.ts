import type { FilePart } from "../../model/content.ts";
import type { AnyOperation } from "./context.ts";
import { formPairs } from "./form-pairs.ts";

export interface WrittenBody {
  readonly type: string;
  readonly body: string | Uint8Array;
}
type Fields = Readonly<Record<string, unknown>>;

/** Fields of the input that are bytes: no JSON schema describes them, and they are not copied. */
export const binaryFields = ({ sends }: AnyOperation): readonly string[] =>
  sends?.form === "bytes" ? ["body"] : (sends?.files ?? []);

/**
 * @param fields of the body, validated
 * @param binary the binary fields
 * @returns `undefined` where the operation sends no body. @throws BodyError
 */
export async function writeBody(
  { body, sends, bodyIsField }: AnyOperation,
  fields: Fields,
  binary: Fields,
): Promise<WrittenBody | undefined> {
  if (body === undefined) return undefined;
  if (sends === undefined) return { type: "application/json", body: JSON.stringify(bodyIsField ? fields.body : fields) };
  switch (sends.form) {
    case "form":
      return {
        type: sends.type,
        body: new URLSearchParams(formPairs(fields, sends.lists ?? "indexed").map(([...pair]) => pair)).toString(),
      };
    case "bytes":
      if (!(binary.body instanceof Uint8Array)) throw new BodyError("body is no Uint8Array");
      return { type: sends.type, body: binary.body };
    case "multipart":
      return multipart(fields, binary, sends.files ?? []);
    case "xml":
      return { type: `${sends.type}; charset=utf-8`, body: (sends.codec as NonNullable<typeof sends.codec>).write(fields.body) };
    default:
      return {
        type: /;\s*charset=/i.test(sends.type) ? sends.type : `${sends.type}; charset=utf-8`,
        body: wellFormed(String(fields.body)),
      };
  }
}

/** The input can't be written as the declared body. */
export class BodyError extends Error {
  override readonly name = "BodyError";
}

function wellFormed(text: string): string {
  if (!text.isWellFormed()) throw new BodyError("body is not well-formed text");
  return text;
}

async function multipart(fields: Fields, binary: Fields, files: readonly string[]): Promise<WrittenBody> {
  const form = new FormData();
  for (const [name, value] of formPairs(fields, "repeat")) form.append(name, value);
  for (const name of files) {
    const given = binary[name];
    for (const file of Array.isArray(given) ? given : [given]) {
      if (!isFile(file)) throw new BodyError(`${name} is no file ({ name, type, data })`);
      form.append(name, new File([file.data as Uint8Array<ArrayBuffer>], file.name, { type: file.type }));
    }
  }
  // Node's own writer of forms; the boundary stands in the type.
  const written = new Response(form);
  return { type: written.headers.get("content-type") ?? "", body: new Uint8Array(await written.arrayBuffer()) };
}

const isFile = (value: unknown): value is FilePart =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as FilePart).name === "string" &&
  typeof (value as FilePart).type === "string" &&
  (value as FilePart).data instanceof Uint8Array;
