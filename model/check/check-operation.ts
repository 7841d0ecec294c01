import * as z from "zod";
import type { AnyAdapter, Operation } from "../adapter.ts";
import { changesSomething } from "../changes-something.ts";
import type { AnswerForm } from "../content.ts";
import { type HeaderValues, inputHeaders, secretHeaders } from "../header.ts";
import { checkPages } from "./check-pages.ts";
import { checkRoute, checkSentHeaders, isHeaderName, isHeaderValue } from "./check-sendable.ts";
import { checkSchema, checkWholeNumber } from "./check-values.ts";
import { type Problem, problem } from "./problem.ts";

/** Set by the hub, or by the connection. */
export const TAKEN = [
  "authorization",
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "x-correlation-id",
];

interface Declared {
  readonly where: string;
  readonly operation: Operation;
  readonly adapter: AnyAdapter;
}

/** What an operation declares, beside its types. */
export function* checkOperation({ where, operation, adapter }: Declared): Iterable<Problem> {
  const { route, query, body, returns, errors, sends, reads } = operation;
  for (const [part, value] of Object.entries({ query, body, returns })) yield* checkSchema({ where: `${where}, ${part}`, value });
  for (const [status, answer] of Object.entries(errors ?? {}))
    yield* checkSchema({ where: `${where}, errors ${status}`, value: answer.schema });
  const [verb = ""] = route.split(" ");
  if (body !== undefined && ["GET", "HEAD"].includes(verb))
    yield problem("ADAPTER", where, `a ${verb} can't have a body`, "Declare its fields as `query`, or use POST");
  if (verb === "HEAD" && reads.content?.form !== "nothing")
    yield problem(
      "ADAPTER",
      where,
      "the answer to a HEAD has no body",
      "Declare `returns: nothing()`, or `withHeaders([…], nothing())`",
    );
  if ([reads, ...Object.values(errors ?? {})].some(isNoAnswer))
    yield problem("ADAPTER", where, "an answer can't be a form", "Declare it as a schema, text(), xml() or bytes()");
  yield* checkStream(where, operation);
  if (sends?.form === "multipart" && Object.keys(operation.headers).some((name) => name.toLowerCase() === "content-type"))
    yield problem("ADAPTER", where, "the content type of a multipart body holds its boundary", "Leave the header out");
  if (sends?.form === "nothing") yield problem("ADAPTER", where, "nothing() is no body", "Leave `body` out");
  if ((sends?.form === "form" || sends?.form === "multipart") && !(sends.schema instanceof z.ZodObject))
    yield problem("ADAPTER", where, "the fields of a form are no object", "Declare them with z.object");
  yield* checkRoute(where, route);
  yield* checkHeaders({ where, headers: operation.headers, adapter });
  yield* checkSentHeaders(where, operation, adapter);
  yield* checkIdempotencyHeader(where, operation.idempotencyHeader);
  yield* checkStatuses(where, operation);
  yield* checkFieldNames(where, operation);
  yield* checkPages(where, operation);
}

/** 10 GB. */
const MOST_BYTES = 10_000_000_000;

function* checkStream(where: string, operation: Operation): Iterable<Problem> {
  const { reads, sends, errors = {}, pages } = operation;
  if (sends?.form === "stream") yield problem("ADAPTER", where, "a body can't be a stream", "Declare it as bytes()");
  if (Object.values(errors).some(({ content }) => content?.form === "stream"))
    yield problem("ADAPTER", where, "an answer that is an error can't be a stream", "Declare it as a schema, text() or bytes()");
  if (reads.content?.form !== "stream") return;
  yield* checkWholeNumber({ where: `${where}, maxBytes`, value: reads.content.maxBytes, within: [1, MOST_BYTES] });
  if (pages !== undefined) yield problem("ADAPTER", where, "a page can't be a stream", "Declare the page's schema");
  if (changesSomething(operation))
    yield problem(
      "ADAPTER",
      where,
      "its answer is a stream, which may break off when the call has taken effect",
      "Declare `safeToRepeat: true` if a repetition does no harm, or bytes()",
    );
}

const isNoAnswer = ({ content }: AnswerForm) => content?.form === "form" || content?.form === "multipart";

export function* checkHeaders({
  where,
  headers,
  adapter,
}: {
  readonly where: string;
  readonly headers: HeaderValues;
  readonly adapter: AnyAdapter;
}): Iterable<Problem> {
  for (const [name, value] of Object.entries(headers)) {
    if (!isHeaderName(name)) yield problem("ADAPTER", where, `"${name}" can't name a header`, 'Name it like "X-Tenant"');
    else if (TAKEN.includes(name.toLowerCase()))
      yield problem(
        "ADAPTER",
        where,
        `the header ${name} is set by the hub`,
        "Declare credentials as `auth`, and leave others out",
      );
    if (typeof value === "string" && !isHeaderValue(value))
      yield problem("ADAPTER", where, `the value of the header ${name} has characters that no header can carry`, "Encode it");
  }
  if (adapter.auth.kind === "none" && secretHeaders(headers).length > 0)
    yield problem("ADAPTER", where, "a header comes from the secret, and the adapter has none", "Declare its `auth`");
  for (const [header, { schema }] of inputHeaders(headers))
    yield* checkSchema({ where: `${where}, header ${header}`, value: schema });
}

export function* checkIdempotencyHeader(where: string, header: string | undefined): Iterable<Problem> {
  if (header === undefined || (isHeaderName(header) && !TAKEN.includes(header.toLowerCase()))) return;
  yield problem("ADAPTER", where, `"${header}" can't carry the idempotency key`, 'Name a header, or "none"');
}

function* checkStatuses(where: string, { errors = {}, statuses: { retry = [], refuse = [] } }: Operation): Iterable<Problem> {
  const answers = Object.keys(errors).map(Number);
  const isStatus = (least: number) => (status: number) => Number.isInteger(status) && status >= least && status <= 599;
  const wrong = [
    ...answers.filter((status) => !isStatus(300)(status)),
    ...[...retry, ...refuse].filter((status) => !isStatus(200)(status)),
  ];
  for (const status of wrong)
    yield problem(
      "RANGE",
      where,
      `${status} is not a status that can be declared here`,
      "Errors are 300 to 599, others 200 to 599",
    );
  const all = [...answers, ...retry, ...refuse];
  const twice = all.find((status, i) => all.indexOf(status) !== i);
  if (twice !== undefined)
    yield problem("ADAPTER", where, `the status ${twice} is declared twice`, "List it under `errors`, `retry` or `refuse`");
}

/** Path parameters, query, headers and body share one object; query and body may share a field on purpose. */
function* checkFieldNames(where: string, { route, query, body, headers, sends, bodyIsField }: Operation): Iterable<Problem> {
  const params = [...route.matchAll(/:([A-Za-z0-9_]+)/g)].map(([, param = ""]) => param);
  const fields = Object.keys(query?.shape ?? {});
  const bodyFields = body instanceof z.ZodObject && !bodyIsField ? Object.keys(body.shape) : [];
  const added = [
    ...inputHeaders(headers).map(([, { field }]) => field),
    ...(sends?.files ?? []),
    ...(bodyIsField ? ["body"] : []),
  ];
  const clash = added.find((field, i) => [...params, ...fields, ...bodyFields].includes(field) || added.indexOf(field) !== i);
  if (clash !== undefined)
    yield problem("ADAPTER", where, `two parts of its input have the field "${clash}"`, "Give one of them another name");
}
