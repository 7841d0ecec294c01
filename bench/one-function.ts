import { type Figure, figureOf, ratioOf } from "./figures.ts";
import { inTurns, type Runs, type Sample } from "./functions.ts";
import { measurePipeline } from "./pipeline.ts";
import type { Row } from "./report.ts";
import { buildSubjects, type Subject } from "./subjects.ts";

const NAMES: Readonly<Record<string, string>> = {
  bare: "bare handler",
  powertools: "Middy and Powertools",
  empty: "Node alone",
};

const exact = (value: number): Figure => ({ median: value, low: value, high: value, runs: 1 });

/** One step of the hub beside the same step written in other ways. @param pairs measurements of the pipeline without I/O */
export async function measureFunctions(runs: Runs, pairs: number): Promise<readonly Row[]> {
  const subjects = await buildSubjects();
  try {
    const { bare, powertools, hub } = subjects;
    const samples = await inTurns([subjects.empty, hub, bare, powertools], subjects, runs);
    const pipeline = await measurePipeline(pairs, 1_000);
    const row = (what: string, unit: string, peers: readonly Subject[], value: (sample: Sample) => number): Row => {
      const of = ({ name }: Subject) => (samples[name] ?? []).map(value);
      return {
        ...{ what, unit, hub: figureOf(of(hub)) },
        peers: peers.map((peer) => ({
          name: NAMES[peer.name] ?? peer.name,
          figure: figureOf(of(peer)),
          ratio: ratioOf(of(hub), of(peer)),
        })),
      };
    };
    const size = (peer: Subject) => ({
      name: NAMES[peer.name] ?? "",
      figure: exact(peer.zip / 1_024),
      ratio: exact(hub.zip / peer.zip),
    });
    const others = [bare, powertools];
    return [
      { what: "zip of a step", unit: "KB", hub: exact(hub.zip / 1_024), peers: others.map(size) },
      row("cold start, CPU", "ms", [...others, subjects.empty], ({ coldMs }) => coldMs),
      row("memory after the first event", "MB", [...others, subjects.empty], ({ coldMb }) => coldMb),
      row("warm message, CPU", "µs", others, ({ warmUs }) => warmUs),
      {
        ...{ what: "pipeline without I/O, CPU", unit: "µs", hub: figureOf(pipeline.hub) },
        peers: [
          { name: "parse, validate, handle", figure: figureOf(pipeline.hand), ratio: ratioOf(pipeline.hub, pipeline.hand) },
        ],
      },
    ];
  } finally {
    subjects.remove();
  }
}
