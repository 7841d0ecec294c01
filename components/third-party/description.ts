import {
  type AnswerDescription,
  type AnswerForm,
  type AnyAdapter,
  type Auth,
  type HeaderValues,
  inputHeaders,
  isOAuth2,
  jsonSchema,
  type Operation,
  type OperationDescription,
  secretHeaders,
  secretsOfAdapter,
  shownUrl,
  type ThirdPartyDescription,
} from "../../model/index.ts";
import type { ThirdPartyConfig } from "../config/config.ts";

const JSON_TYPE = "application/json";

export function describeThirdParty(adapter: AnyAdapter, config: ThirdPartyConfig): ThirdPartyDescription {
  const { auth } = adapter;
  const baseUrl = config.baseUrl ?? shownUrl(adapter.baseUrl);
  const tokenUrl = isOAuth2(auth) ? (config.tokenUrl ?? new URL(auth.tokenUrl, baseUrl).href) : undefined;
  return {
    name: adapter.name,
    baseUrl,
    ...(typeof adapter.baseUrl !== "string" && { secretUrl: adapter.baseUrl.secret }),
    ...(tokenUrl !== undefined && { tokenUrl }),
    auth: withoutAbsent(auth),
    ...(adapter.clientCertificate && { clientCertificate: adapter.clientCertificate.secret }),
    secrets: Object.fromEntries(secretsOfAdapter(adapter)),
    timeout: adapter.timeout,
    ...(adapter.rateLimit && { rateLimit: adapter.rateLimit }),
    operations: Object.entries(adapter.operations as Readonly<Record<string, Operation>>).map(([name, operation]) =>
      describeOperation(name, operation, adapter),
    ),
  };
}

/** An input of a resource holds no `undefined`. */
const withoutAbsent = (auth: Auth): Auth =>
  Object.fromEntries(Object.entries(auth).filter(([, value]) => value !== undefined)) as unknown as Auth;

function describeOperation(name: string, operation: Operation, adapter: AnyAdapter): OperationDescription {
  const { route, query, body, sends, pages, example } = operation;
  const [method = "", path = ""] = route.split(" ");
  const headers: HeaderValues = { ...adapter.headers, ...operation.headers };
  const idempotencyHeader = operation.idempotencyHeader ?? adapter.idempotencyHeader ?? "Idempotency-Key";
  return {
    name,
    method,
    path,
    headers: lowerCased(
      Object.entries(headers).flatMap(([header, value]) => (typeof value === "string" ? [[header, value] as const] : [])),
    ),
    secretHeaders: lowerCased(secretHeaders(headers)),
    requiredHeaders: inputHeaders(headers)
      .filter(([, { schema }]) => !schema.safeParse(undefined).success)
      .map(([header]) => header.toLowerCase()),
    idempotencyHeader: idempotencyHeader === "none" ? null : idempotencyHeader.toLowerCase(),
    ...(query && { query: jsonSchema(query) }),
    queryLists: operation.queryLists ?? adapter.queryLists ?? "repeat",
    ...(body && {
      body: {
        form: sends?.form ?? "json",
        type: sends?.type ?? JSON_TYPE,
        schema: jsonSchema(body),
        ...(sends?.files && { files: sends.files }),
      },
    }),
    returns: describeAnswer(operation.reads),
    errors: Object.fromEntries(
      Object.entries(operation.errors ?? {}).map(([status, answer]) => [status, describeAnswer(answer)]),
    ),
    ...(pages && { pages }),
    ...(typeof example === "function"
      ? { exampleIsFunction: true as const }
      : example !== undefined && { example: plain(example) }),
  };
}

const lowerCased = (entries: readonly (readonly [header: string, value: string])[]) =>
  Object.fromEntries(entries.map(([header, value]) => [header.toLowerCase(), value]));

const describeAnswer = ({ schema, content, headers }: AnswerForm): AnswerDescription => ({
  form: content?.form ?? "json",
  type: content?.type ?? JSON_TYPE,
  schema: jsonSchema(schema),
  ...(headers && { headers }),
});

/** Bytes as base64: an input of a resource is JSON. */
const plain = (example: unknown): unknown => (example instanceof Uint8Array ? Buffer.from(example).toString("base64") : example);
