import { type Figure, figureOf, ratioOf } from "./figures.ts";
import { inTurns, type Runs, type Sample } from "./functions.ts";
import { callbackFunctionFiles } from "./peers/callback-function.ts";
import { measurePipeline } from "./pipeline.ts";
import { orReason, type Peer, type Row } from "./report.ts";
import { buildSubjects, type Subject, written } from "./subjects.ts";

const CALLBACK = "CallbackFunction";

/** Messages of a measurement of the pipeline. */
const MESSAGES = 1_000;
/** After so many V8 compiles no more of it. */
const COMPILED = 20_000;

const exact = (value: number): Figure => ({ median: value, low: value, high: value, runs: 1 });

/** One step of the hub beside the same step written in other ways. @param pairs measurements of the pipeline without I/O */
export async function measureFunctions(runs: Runs, pairs: number): Promise<readonly Row[]> {
  const subjects = await buildSubjects();
  try {
    const { bare, powertools, empty, hub, folder } = subjects;
    const callback = await orReason(async () =>
      written(folder, "callback", "handler", "__index.cjs", await callbackFunctionFiles()),
    );
    const others: readonly (readonly [string, Subject | string])[] = [
      ["bare handler", bare],
      ["Middy and Powertools", powertools],
      [CALLBACK, callback],
    ];
    const nothing = ["Node alone", empty] as const;
    const built = [empty, hub, bare, powertools, callback].filter((subject) => typeof subject !== "string");
    const samples = await inTurns(built, subjects, runs);
    const pipelines = [
      ["pipeline without I/O, CPU", await measurePipeline(pairs, MESSAGES)],
      ["pipeline without I/O, compiled, CPU", await measurePipeline(pairs, MESSAGES, COMPILED)],
    ] as const;
    const of = ({ name }: Subject, value: (sample: Sample) => number) => (samples[name] ?? []).map(value);
    const row = (what: string, unit: string, peers: typeof others, value: (sample: Sample) => number): Row => ({
      ...{ what, unit, hub: figureOf(of(hub, value)) },
      peers: peers.map(([name, peer]): Peer => {
        if (typeof peer === "string") return { name, missing: peer };
        return { name, figure: figureOf(of(peer, value)), ratio: ratioOf(of(hub, value), of(peer, value)) };
      }),
    });
    const size = ([name, peer]: (typeof others)[number]): Peer =>
      typeof peer === "string"
        ? { name, missing: peer }
        : { name, figure: exact(peer.zip / 1_024), ratio: exact(hub.zip / peer.zip) };
    return [
      { what: "zip of a step", unit: "KB", hub: exact(hub.zip / 1_024), peers: others.map(size) },
      row("cold start, CPU", "ms", [...others, nothing], ({ coldMs }) => coldMs),
      row("memory after the first event", "MB", [...others, nothing], ({ coldMb }) => coldMb),
      row("warm message, CPU", "µs", others, ({ warmUs }) => warmUs),
      ...pipelines.map(([what, { hub, hand }]) => ({
        ...{ what, unit: "µs", hub: figureOf(hub) },
        peers: [{ name: "parse, validate, handle", figure: figureOf(hand), ratio: ratioOf(hub, hand) }],
      })),
    ];
  } finally {
    subjects.remove();
  }
}
