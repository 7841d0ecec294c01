import type { Envelope } from "../../model/envelope.ts";
import { sourceOf } from "../../model/envelope.ts";
import type { Entry } from "../ports.ts";

/** An entry with its envelope, which spans need. Not by a WeakMap: V8 kept what it held until a full collection. */
class Enveloped implements Entry {
  readonly source: string;
  readonly detailType: string;
  readonly detail: string;
  readonly #envelope: Envelope;

  constructor(source: string, detailType: string, envelope: Envelope) {
    this.source = source;
    this.detailType = detailType;
    this.detail = JSON.stringify(envelope);
    this.#envelope = envelope;
  }

  static of(entry: Entry): Envelope {
    return #envelope in entry ? entry.#envelope : (JSON.parse(entry.detail) as Envelope);
  }
}

/** @param name of the event on the bus */
export const entryWith = (flow: string, name: string, envelope: Envelope): Entry => new Enveloped(sourceOf(flow), name, envelope);

/** The envelope that an entry was made with; one that was stored is parsed. */
export const envelopeOf = (entry: Entry): Envelope => Enveloped.of(entry);
