import type { Envelope } from "../../model/envelope.ts";
import { sourceOf } from "../../model/envelope.ts";
import type { Entry } from "../ports.ts";

const envelopes = new WeakMap<Entry, Envelope>();

/** @param name of the event on the bus */
export function entryWith(flow: string, name: string, envelope: Envelope): Entry {
  const entry = { source: sourceOf(flow), detailType: name, detail: JSON.stringify(envelope) };
  envelopes.set(entry, envelope);
  return entry;
}

/** The envelope that an entry was made with; one that was stored is parsed. */
export const envelopeOf = (entry: Entry): Envelope => envelopes.get(entry) ?? (JSON.parse(entry.detail) as Envelope);
