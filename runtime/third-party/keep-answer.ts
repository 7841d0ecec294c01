import {
  FORM,
  MASKED,
  MASKED_EMAIL,
  RECORD,
  type RecordedAnswer,
  type RecordSettings,
  sortedQuery,
} from "../../protocol/recorded-answer.ts";
import { masked, maskedPreview, maskedText } from "../mask.ts";
import type { Address } from "./address.ts";
import type { AnyOperation } from "./context.ts";
import type { CallRequest } from "./request.ts";
import type { Answer } from "./send.ts";

/** Headers without which an answer can't be played. */
const KEPT_HEADERS = ["content-type", "link", "location", "etag", "retry-after"];
const LONGEST_MS = 2_000;

const settings = process.env[RECORD] === undefined ? undefined : (JSON.parse(process.env[RECORD]) as RecordSettings);

interface Kept {
  /** `<adapter>.<operation>` */
  readonly name: string;
  readonly operation: Pick<AnyOperation, "reads">;
  readonly request: CallRequest;
  /** Address of the adapter that was called, and the query that it has itself. */
  readonly address: Pick<Address, "base" | "search">;
  readonly answer: Answer;
  /** Values that are masked wherever they occur. */
  readonly secrets: readonly string[];
  /** Names of the fields that hold personal data. */
  readonly personal: ReadonlySet<string>;
}

/** Sends the answer to the local hub, which keeps it for `hub record`. Does nothing on AWS, and never fails a call. */
export async function keepAnswer(made: Kept): Promise<void> {
  const [party = ""] = made.name.split(".");
  if (!settings?.parties.includes(party)) return;
  try {
    const answer = recordedOf(made);
    if (!answer) return;
    const init = { method: "POST", body: JSON.stringify({ party, answer }), signal: AbortSignal.timeout(LONGEST_MS) };
    await (await fetch(settings.url, init)).body?.cancel();
  } catch {
    // The call has its answer; what is not kept can be recorded at the next one.
  }
}

/** @returns `undefined` for bytes and streams, in which nothing can be masked */
export function recordedOf({ name, operation, request, address, answer, secrets, personal }: Kept): RecordedAnswer | undefined {
  const form = operation.reads.content?.form;
  const text = decoded(answer.bytes);
  if (form === "bytes" || form === "stream" || text === undefined) return undefined;
  const pairs = secrets.flatMap((user) => secrets.map((password) => `${user}:${password}`));
  const values = [...new Set([...secrets, ...pairs].filter(({ length }) => length > 3).flatMap(encodingsOf))];
  values.sort((a, b) => b.length - a.length);
  const hide: Hide = { personal, values };
  const { base } = address;
  const url = new URL(request.url);
  for (const field of new URLSearchParams(address.search).keys()) url.searchParams.delete(field);
  const below = url.href.slice(url.href.startsWith(base) ? base.length : url.origin.length).split("?")[0] ?? "";
  const type = request.headers["content-type"] ?? "";
  const body = typeof request.body === "string" && !type.startsWith("multipart/") ? request.body : undefined;
  const [, operationName = ""] = name.split(".");
  return {
    operation: operationName,
    path: shown(segmentsOf(below), hide),
    query: sortedQuery(url.searchParams).map(([field, value]) => [field, shown(value, hide, field)]),
    ...(body !== undefined && { body: hiddenBody(body, type, hide) }),
    status: answer.status,
    headers: Object.fromEntries(
      KEPT_HEADERS.flatMap((header) => {
        const value = answer.headers.get(header);
        return value === null ? [] : [[header, shown(value.replaceAll(base, "{base}"), hide)]];
      }),
    ),
    answer: hiddenText(text, hide),
  };
}

interface Hide {
  readonly personal: ReadonlySet<string>;
  /** Of secrets, the longest first. */
  readonly values: readonly string[];
}

/** A secret as it is, percent-encoded in either case and as a form has it, in XML and HTML, and in base64, as Basic credentials are sent. */
function encodingsOf(secret: string): readonly string[] {
  const encoded = encodeURIComponent(secret);
  const inXml = secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return [
    ...[
      secret,
      encoded,
      encoded.replaceAll(/%../g, (part) => part.toLowerCase()),
      new URLSearchParams([["", secret]]).toString().slice(1),
    ],
    ...[
      inXml,
      inXml.replaceAll('"', "&quot;").replaceAll("'", "&apos;"),
      inXml.replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
    ],
    ...(["base64", "base64url"] as const).map((encoding) => Buffer.from(secret).toString(encoding).replace(/=+$/, "")),
  ];
}

/** As the sandbox reads a path. */
const segmentsOf = (path: string): string => `/${path.split("/").filter(Boolean).map(decodeURIComponent).join("/")}`;

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const isHiddenName = (name: string, { personal }: Hide) => masked("", { names: personal }, name) === MASKED;
const withoutValues = (text: string, { values }: Hide) => values.reduce((rest, value) => rest.replaceAll(value, MASKED), text);
const shown = (text: string, hide: Hide, name = ""): string =>
  name !== "" && isHiddenName(name, hide) ? MASKED : maskedText(withoutValues(text, hide));

function hiddenText(text: string, hide: Hide): string {
  const json = parsed(text);
  if (json) return JSON.stringify(hidden(json.value, hide));
  return maskedPreview(withoutValues(text, hide));
}

function hiddenBody(text: string, type: string, hide: Hide): unknown {
  const json = type.startsWith(FORM) ? { value: Object.fromEntries(new URLSearchParams(text)) } : parsed(text);
  return json ? hidden(json.value, hide) : maskedPreview(withoutValues(text, hide));
}

// In Node 24 and not in TypeScript's library. Digits stay as they came.
const Json = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown;
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
};

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return {
      value: Json.parse(text, (_key, value, { source }) =>
        typeof value === "number" && source !== undefined ? Json.rawJSON(source) : value,
      ),
    };
  } catch {
    return undefined;
  }
}

/** The value in its shape: texts are masked, and numbers that are hidden are 0, so that the schema still fits where it can. */
function hidden(value: unknown, hide: Hide, name = "", within = false): unknown {
  const inside = within || (name !== "" && isHiddenName(name, hide));
  if (typeof value === "string") return inside ? (value.includes("@") ? MASKED_EMAIL : MASKED) : shown(value, hide);
  if (Json.isRawJSON(value)) return inside ? 0 : value;
  if (Array.isArray(value)) return value.map((item) => hidden(item, hide, name, within));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [shown(key, hide), hidden(inner, hide, key, inside)]));
}
