import { CORRELATION_ID } from "../../../model/envelope.ts";
import { REQUEST_STATUSES } from "../../../model/ledger/request-status.ts";
import { LIST_PARAMETERS } from "../../../protocol/queries.ts";
import { badRequest } from "../../http/problem.ts";
import type { ProxyEvent } from "../../lambda.ts";

/** Parameters of the list. An absent filter matches everything. */
export interface ListRequest {
  readonly correlationId: string | undefined;
  /** Value of a business key, such as an order's number. */
  readonly key: string | undefined;
  readonly flow: string | undefined;
  readonly status: string | undefined;
  /** ISO 8601 in UTC: created then or later. */
  readonly from: string | undefined;
  /** ISO 8601 in UTC: created before. */
  readonly to: string | undefined;
  /** 1 to 100. */
  readonly limit: number;
  /** Position after which to continue. */
  readonly after: string | undefined;
}

const LARGEST_PAGE = 100;
const DEFAULT_PAGE = 50;
const NAMES: readonly string[] = LIST_PARAMETERS;
/** Longest value of a business key that can be looked for. */
const LONGEST_KEY = 512;
const FLOW = /^[a-z][a-z0-9-]{0,23}$/;
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;

/** @throws HttpProblem 400 that names the faulty parameter */
export function listRequestOf({ queryStringParameters, multiValueQueryStringParameters }: ProxyEvent): ListRequest {
  const given = queryStringParameters ?? {};
  const unknownName = Object.keys(given).find((name) => !NAMES.includes(name));
  if (unknownName !== undefined)
    throw badRequest(`There is no parameter ${JSON.stringify(unknownName.slice(0, 40))}. Use ${NAMES.join(", ")}.`);
  const twice = Object.entries(multiValueQueryStringParameters ?? {}).find(([, values]) => (values?.length ?? 0) > 1);
  if (twice) throw badRequest(`The parameter ${twice[0]} is given more than once. Give it once.`);
  const { correlationId, key, flow, status, from, to, limit = String(DEFAULT_PAGE), cursor } = given;
  if (correlationId !== undefined && !CORRELATION_ID.test(correlationId))
    throw badRequest("The parameter correlationId is malformed. Send 1 to 128 letters, digits or ._:-");
  if (key !== undefined && (key === "" || key.length > LONGEST_KEY))
    throw badRequest(
      `The parameter key is not a text of 1 to ${LONGEST_KEY} characters. Send the value of a field, such as an order's number.`,
    );
  if (key !== undefined && cursor !== undefined)
    throw badRequest(
      "The parameters key and cursor exclude each other: requests of one key are one page. Narrow it by from and to.",
    );
  if (flow !== undefined && !FLOW.test(flow))
    throw badRequest(
      "The parameter flow is not the name of a flow. Send at most 24 lowercase letters, digits and dashes, such as order-to-erp.",
    );
  if (status !== undefined && !(REQUEST_STATUSES as readonly string[]).includes(status))
    throw badRequest(`The parameter status is unknown. Use ${REQUEST_STATUSES.join(", ")}.`);
  if (!/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > LARGEST_PAGE)
    throw badRequest(`The parameter limit is not a whole number from 1 to ${LARGEST_PAGE}.`);
  const after = cursor === undefined ? undefined : decodeCursor(cursor);
  if (cursor !== undefined && after === undefined)
    throw badRequest("The parameter cursor is malformed. Use the one of the previous page.");
  const times = { from: timeOf("from", from), to: timeOf("to", to) };
  if (times.from !== undefined && times.to !== undefined && times.from >= times.to)
    throw badRequest("The parameter from is not before to. Swap them.");
  return { correlationId, key, flow, status, ...times, limit: Number(limit), after };
}

function timeOf(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const ms = TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms))
    throw badRequest(`The parameter ${name} is not a time. Write it as 2026-11-24, or 2026-11-24T10:00:00Z, with a + as %2B.`);
  return new Date(ms).toISOString();
}

/** A position of runtime/functions/ledger/listing.ts: a time in UTC, and the id of the request. */
const POSITION = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#[A-Za-z0-9._:-]{1,512}$/;
/** Longest cursor; the longest position fits. */
const LONGEST = 800;

/** @param position the last one read */
export const encodeCursor = (position: string): string => Buffer.from(position).toString("base64url");

/** @returns the position, or `undefined` when the text is not a cursor */
function decodeCursor(text: string): string | undefined {
  if (text.length > LONGEST || !/^[A-Za-z0-9_-]+$/.test(text)) return undefined;
  const position = Buffer.from(text, "base64url").toString("utf8");
  return POSITION.test(position) ? position : undefined;
}
