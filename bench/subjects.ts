import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { deflateRawSync } from "node:zlib";
import { build } from "esbuild";
import { bundleFlow } from "../components/bundler/bundle-flow.ts";
import { bundleRuntime } from "../components/bundler/bundle-runtime.ts";
import { sourceOf } from "../model/index.ts";
import { writeEnvironment } from "../protocol/environment.ts";
import { firstMetadata } from "../protocol/first-event.ts";
import { HANDLER_FILE, stepExport } from "../protocol/handlers.ts";
import { traceparentOf } from "../runtime/tracing/trace-ids.ts";
import orderPricing from "./order-pricing.ts";

const ROOT = resolve(import.meta.dirname, "..");

/** A function to compare: the same step, written in another way. */
export interface Subject {
  readonly name: string;
  /** Module and export of the handler. */
  readonly file: string;
  readonly handler: string;
  /** Bytes of its zip. */
  readonly zip: number;
}

export interface Subjects {
  readonly hub: Subject;
  readonly bare: Subject;
  readonly powertools: Subject;
  /** Node alone. */
  readonly empty: Subject;
  /** For more subjects. */
  readonly folder: string;
  /** What the children need: event and environment. */
  readonly event: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly remove: () => void;
}

/** Builds each subject as its user would: the hub by its own bundler, the others by a careful esbuild for Node 24. */
export async function buildSubjects(): Promise<Subjects> {
  const folder = mkdtempSync(join(tmpdir(), "hub-bench-"));
  const event = join(folder, "event.json");
  writeFileSync(event, message());
  const own = [
    ...(await bundleFlow({ flow: orderPricing, source: orderPricing, root: ROOT })),
    ...(await bundleRuntime(ROOT, orderPricing)),
  ];
  const peer = async (name: string): Promise<Subject> => {
    const { outputFiles } = await build({
      entryPoints: [join(ROOT, "bench/peers", `${name}.mjs`)],
      bundle: true,
      minify: true,
      platform: "node",
      target: "node24",
      format: "esm",
      write: false,
      banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
      logLevel: "silent",
    });
    return written(folder, name, "handler", HANDLER_FILE, [
      { name: HANDLER_FILE, contents: outputFiles[0]?.contents ?? new Uint8Array() },
    ]);
  };
  return {
    hub: written(folder, "hub", stepExport("price"), HANDLER_FILE, own),
    bare: await peer("bare"),
    powertools: await peer("powertools"),
    empty: { name: "empty", file: join(ROOT, "bench/empty.mjs"), handler: "handler", zip: 0 },
    ...{ folder, event },
    environment: {
      ...writeEnvironment(
        "step",
        {
          ...{ flow: "order-pricing", graph: "bench", bus: "bench", table: "bench", logLevel: "info" },
          ...{ queueUrl: "http://127.0.0.1/queue", deadLetterUrl: "http://127.0.0.1/dead", secrets: {}, thirdParties: {} },
        },
        JSON.stringify,
      ),
      AWS_LAMBDA_FUNCTION_NAME: "bench",
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "bench",
      AWS_SECRET_ACCESS_KEY: "bench",
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** A file of a function's archive. */
export interface File {
  readonly name: string;
  readonly contents: Uint8Array;
}

/** Writes a function's files as Lambda unpacks them. @param main the file of its handler */
export function written(folder: string, name: string, handler: string, main: string, files: readonly File[]): Subject {
  const place = join(folder, name);
  for (const file of files) {
    mkdirSync(dirname(join(place, file.name)), { recursive: true });
    writeFileSync(join(place, file.name), file.contents);
  }
  return { name, file: join(place, main), handler, zip: files.reduce((sum, file) => sum + zipped(file), 0) };
}

/** Bytes that a file takes in a zip: its compressed data, the two headers of 30 and 46 bytes, and its name in each. */
const zipped = ({ name, contents }: File) => deflateRawSync(contents, { level: 9 }).length + 76 + 2 * name.length;

/** The first event of the flow, as EventBridge hands it to the queue. The children put their own event ids into it. */
export function message(): string {
  const occurredAt = "2026-11-28T10:00:00.000Z";
  const metadata = firstMetadata({
    ...{ requestId: "EVENT-ID", correlationId: "bench", tenant: "bench", flow: "order-pricing", graph: "bench" },
    ...{ trigger: "orders", version: 1, occurredAt, traceparent: traceparentOf("bench", "bench") },
  });
  const lines = Array.from({ length: 10 }, (_, n) => ({ sku: `sku-${n}`, quantity: n + 1, unitCents: 1_999 }));
  return JSON.stringify({
    version: "0",
    id: "EVENT-ID",
    source: sourceOf("order-pricing"),
    "detail-type": "OrderPlaced",
    time: occurredAt,
    detail: { data: { orderId: "o-1", lines }, metadata },
  });
}
