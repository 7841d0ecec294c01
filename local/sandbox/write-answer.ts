import type { AnswerDescription } from "../../model/index.ts";
import { writeXml } from "../../model/xml.ts";
import type { Answer } from "./types.ts";

/** @param value of the form that the description declares; bytes as base64 */
export function writeAnswer(
  { form, type }: AnswerDescription,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  switch (form) {
    case "nothing":
      return { status: status === 200 ? 204 : status, body: "", headers: { ...headers, "content-type": "text/plain" } };
    case "text":
      return { status, body: String(value), headers: { ...headers, "content-type": `${type}; charset=utf-8` } };
    case "xml":
      return { status, body: writeXml(value), headers: { ...headers, "content-type": `${type}; charset=utf-8` } };
    case "stream":
    case "bytes":
      return { status, body: value, headers: { ...headers, "content-type": type }, isBase64: true };
    default:
      return { status, body: value, headers };
  }
}
