import type { Metadata } from "../../model/envelope.ts";
import { exactJson } from "../exact-json.ts";
import { traceparentOf } from "../tracing/trace-ids.ts";
import type { ReceivedEvent } from "./cause.ts";

/**
 * Reads an event as EventBridge delivers it to a target.
 * @returns the fault, as a string, when it is not an event of the hub
 */
export function readEvent(value: unknown): ReceivedEvent | string {
  if (!isRecord(value)) return "it is not a JSON object";
  const { "detail-type": name, time, detail } = value;
  if (typeof name !== "string" || name === "") return "it has no detail-type";
  if (!isRecord(detail) || !isRecord(detail.metadata)) return "its detail has no metadata";
  const given = detail.metadata;
  const lacking = REQUIRED.filter((field) => typeof given[field] !== "string" || given[field] === "");
  if (!Number.isInteger(given.hop)) lacking.push("hop");
  // The gateway's template can't write an ISO time, so the bus's time is used.
  const occurredAt = isoOf(given.occurredAt || time);
  if (occurredAt === undefined) lacking.push("occurredAt");
  if (lacking.length > 0) return `its metadata lacks ${lacking.join(", ")}`;
  const text = (field: string) => (typeof given[field] === "string" ? given[field] : "");
  const metadata: Metadata = {
    eventId: text("eventId"),
    requestId: text("requestId"),
    correlationId: text("correlationId"),
    causationId: text("causationId"),
    tenant: text("tenant"),
    flow: text("flow"),
    graph: text("graph"),
    step: text("step"),
    version: Number.isInteger(given.version) ? (given.version as number) : 1,
    ...(text("contract") !== "" && { contract: text("contract") }),
    occurredAt: occurredAt ?? "",
    hop: given.hop as number,
    // A schedule can fill in times and ids only.
    traceparent: text("traceparent") || traceparentOf(text("requestId"), text("eventId")),
    ...(given.debug === true && { debug: true }),
    ...(text("repeats") !== "" && { repeats: text("repeats") }),
    ...exportIn(given.exportOf),
  };
  return { name, metadata, data: detail.data };
}

function exportIn(value: unknown): Pick<Metadata, "exportOf"> {
  if (!isRecord(value)) return {};
  const { stack, requestId } = value;
  return typeof stack === "string" && typeof requestId === "string" ? { exportOf: { stack, requestId } } : {};
}

const REQUIRED: readonly string[] = ["eventId", "requestId", "correlationId", "flow", "graph", "step"];

/** With milliseconds, which the bus's times lack: times are compared as text. */
function isoOf(time: unknown): string | undefined {
  const ms = typeof time === "string" ? Date.parse(time) : Number.NaN;
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** @returns the value, with numbers that would lose digits as text (`exactJson`); `undefined` for a text that is not JSON */
export function parseJson(text: string): unknown {
  try {
    return exactJson(text).value;
  } catch {
    return undefined;
  }
}
