import { firstMetadata } from "../../protocol/first-event.ts";
import type { Entry } from "../ports.ts";
import { traceparentOf } from "../tracing/trace-ids.ts";
import { entryWith } from "./envelopes.ts";

/**
 * The first event of a request, as every function publishes it that starts one.
 * @param of.name of the event on the bus
 */
export function firstEntry({
  name,
  data,
  ...of
}: Omit<Parameters<typeof firstMetadata>[0], "traceparent" | "contract"> & {
  readonly name: string;
  readonly data: unknown;
}): Entry {
  const metadata = firstMetadata({ ...of, traceparent: traceparentOf(of.requestId, of.requestId) });
  return entryWith(of.flow, name, { metadata, data });
}
