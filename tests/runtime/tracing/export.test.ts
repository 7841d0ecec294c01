import { createSocket } from "node:dgram";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import protobuf from "protobufjs";
import { tracingOf } from "../../../runtime/tracing/export.ts";
import { otlpOf } from "../../../runtime/tracing/otlp.ts";
import { protobufOf } from "../../../runtime/tracing/protobuf.ts";
import { currentSpan, type Recorded, record, recordSpans, sampledOf } from "../../../runtime/tracing/recorder.ts";
import { datagramsOf } from "../../../runtime/tracing/send.ts";
import { KIND, type Span } from "../../../runtime/tracing/span.ts";
import { traceIdOf } from "../../../runtime/tracing/trace-ids.ts";

/** Of https://github.com/open-telemetry/opentelemetry-proto at ac2c4b5d1f3a6079de62f9afec860158ecc8af09. */
const FOLDER = join(import.meta.dirname, "opentelemetry-proto");
const root = new protobuf.Root();
root.resolvePath = (_, target) => join(FOLDER, target);
const Request = root
  .loadSync("opentelemetry/proto/collector/trace/v1/trace_service.proto")
  .lookupType("opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest");
const decoded = (bytes: Uint8Array) => Request.toObject(Request.decode(bytes), { longs: String, bytes: Buffer });

const span = (changes: Partial<Span> = {}): Span => ({
  traceId: "5759e988bd862e3fe1be46a994272793",
  spanId: "53995c3f42cd8ad8",
  parentId: "00f067aa0ba902b7",
  name: "process register, café",
  kind: KIND.consumer,
  start: 1_764_328_570_123.4,
  end: 1_764_328_570_623,
  attributes: { text: "it's", count: 300, negative: -7, share: 0.25, yes: true, no: false, empty: "" },
  links: [{ traceId: "a".repeat(32), spanId: "b".repeat(16) }],
  events: [{ name: "attempt", at: 1_764_328_570_200, attributes: { attempt: 2 } }],
  error: "odd",
  ...changes,
});

const recorded = (requestId: string, failed = false, made = span()): Recorded => ({ requestId, failed, make: () => made });

describe("traces / wire format", () => {
  it("is read by protobufjs, with the schema of OpenTelemetry, as it was meant", () => {
    const { resourceSpans } = decoded(protobufOf(otlpOf([span(), span({ parentId: undefined, links: [], events: [] })], "fn")));
    const [{ resource, scopeSpans }] = resourceSpans;
    expect(resource.attributes.map(({ key, value }: { key: string; value: object }) => [key, value])).to.deep.include([
      "faas.name",
      { stringValue: "fn" },
    ]);
    const [first, second] = scopeSpans[0].spans;
    expect(first.traceId.toString("hex")).to.equal(span().traceId);
    expect(first.spanId.toString("hex")).to.equal(span().spanId);
    expect(first.parentSpanId.toString("hex")).to.equal(span().parentId);
    expect(first).to.include({
      name: "process register, café",
      kind: KIND.consumer,
      startTimeUnixNano: "1764328570123400000",
      endTimeUnixNano: "1764328570623000000",
      flags: 1,
    });
    expect(
      Object.fromEntries(first.attributes.map(({ key, value }: { key: string; value: object }) => [key, value])),
    ).to.deep.equal({
      text: { stringValue: "it's" },
      count: { intValue: "300" },
      negative: { intValue: "-7" },
      share: { doubleValue: 0.25 },
      yes: { boolValue: true },
      no: { boolValue: false },
      empty: { stringValue: "" },
    });
    expect(first.links[0].spanId.toString("hex")).to.equal("b".repeat(16));
    expect(first.events[0]).to.include({ name: "attempt", timeUnixNano: "1764328570200000000" });
    expect(first.status).to.deep.equal({ message: "odd", code: 2 });
    expect(second).not.to.have.any.keys("parentSpanId", "links", "events");
  });
});

describe("traces / export", () => {
  it("sends datagrams of at most 64 KB to the daemon, and leaves out what fits in none", () => {
    const many = Array.from({ length: 500 }, (_, n) => span({ spanId: n.toString(16).padStart(16, "0") }));
    const datagrams = datagramsOf([...many, span({ error: "x".repeat(100_000) })], "fn");
    const spans = datagrams.flatMap((datagram) => {
      expect(datagram.length).to.be.below(65_507);
      const [header, body = ""] = datagram.split("\n");
      expect(JSON.parse(header ?? "")).to.deep.equal({ format: "json", version: 1 });
      expect(body.slice(0, 3)).to.equal("T1S");
      return decoded(Buffer.from(body.slice(3), "base64")).resourceSpans[0].scopeSpans[0].spans;
    });
    expect(spans).to.have.length(500);
  });

  it("reaches the daemon of a function", async () => {
    const daemon = createSocket("udp4");
    await new Promise<void>((bound) => daemon.bind(0, "127.0.0.1", bound));
    const received = new Promise<string>((resolve) => daemon.once("message", (text) => resolve(text.toString())));
    await tracingOf({ share: 1 }, `127.0.0.1:${daemon.address().port}`, "fn")?.send([recorded("r-3")]);
    expect(await received).to.include("T1S");
    daemon.close();
  });

  it("posts OTLP's JSON to a collector, and fails nothing where that is away or answers with an error", async () => {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      request.setEncoding("utf8").on("data", (text: string) => bodies.push(`${request.url} ${text}`));
      request.on("end", () => response.writeHead(500).end());
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await tracingOf({ share: 1, endpoint, longestMs: 30_000 }, undefined, "fn")?.send([recorded("r-3")]);
    await new Promise((closed) => server.close(closed));
    expect(bodies.join("")).to.match(/^\/v1\/traces \{"resourceSpans"/);
    await tracingOf({ share: 1, endpoint, longestMs: 30_000 }, undefined, "fn")?.send([recorded("r-3")]);
  });

  it("goes nowhere without settings, or without a daemon", () => {
    expect(tracingOf(undefined, "127.0.0.1:2000")).to.equal(undefined);
    expect(tracingOf({ share: 1 }, undefined)).to.equal(undefined);
  });

  it("fails nothing where a span can't be made", async () => {
    const broken: Recorded = {
      requestId: "r-3",
      failed: false,
      make: () => {
        throw new TypeError("odd");
      },
    };
    await tracingOf({ share: 1 }, "127.0.0.1:2000", "fn")?.send([broken]);
  });

  it("keeps a share of the traces, by their ids, and each with a failure, whatever came first", () => {
    // Traces 17… and e8….
    const [low, high] = [recorded("r-1"), recorded("r-3")];
    expect([low, high].map(({ requestId }) => traceIdOf(requestId)[0])).to.deep.equal(["1", "e"]);
    expect(sampledOf([low, high], 0.5)).to.deep.equal([low]);
    expect(sampledOf([low, high, recorded("r-3", true)], 0.5)).to.have.length(3);
    expect(sampledOf([recorded("r-3", true), high], 0)).to.have.length(2);
    expect(sampledOf([low], 0)).to.deep.equal([]);
    expect(sampledOf([low, high], 1)).to.have.length(2);
  });

  it("makes no span of a trace that is not sampled, and one of each other when the invocation has ended", async () => {
    const made: string[] = [];
    const tracing = {
      share: 0.5,
      send: async (sampled: readonly Recorded[]) => void made.push(...sampled.map(({ requestId }) => requestId)),
    };
    const noted = (requestId: string, failed: boolean): Recorded => ({
      ...{ requestId, failed },
      make: () => expect.fail("a span was made"),
    });
    await recordSpans(
      tracing,
      async () => {
        const current = currentSpan();
        if (current) for (const one of [noted("r-1", false), noted("r-3", false)]) record(current, one);
        expect(made).to.deep.equal([]);
      },
      Date.now,
    );
    expect(made).to.deep.equal(["r-1"]);
    await recordSpans(undefined, async () => expect(currentSpan()).to.equal(undefined), Date.now);
  });
});
