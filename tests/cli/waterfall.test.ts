import { expect } from "chai";
import { describe, it } from "mocha";
import { terminal } from "../../cli/terminal.ts";
import type { ShownRequest, Traced } from "../../cli/trace-source.ts";
import { mermaid, waterfall } from "../../cli/waterfall.ts";
import type { OtlpSpan } from "../../protocol/otlp.ts";

const AT = Date.parse("2026-11-28T10:00:00.000Z");
const span = (spanId: string, name: string, from: number, to: number, more: Partial<OtlpSpan> = {}): OtlpSpan => ({
  traceId: "a".repeat(32),
  spanId,
  name,
  kind: 5,
  startTimeUnixNano: `${AT + from}000000`,
  endTimeUnixNano: `${AT + to}000000`,
  attributes: [{ key: "hub.request_id", value: { stringValue: "r-1" } }],
  links: [],
  status: { code: 0 },
  ...more,
});
const request: ShownRequest = {
  requestId: "r-1",
  correlationId: "c-1",
  flow: "orders",
  status: "blocked",
  createdAt: "2026-11-28T10:00:00.000Z",
  updatedAt: "2026-11-28T10:00:01.000Z",
  steps: [
    {
      step: "check",
      status: "failed",
      attempts: 2,
      startedAt: "2026-11-28T10:00:00.000Z",
      finishedAt: "2026-11-28T10:00:01.500Z",
      error: { code: "TERMINAL", message: "no" },
    },
  ],
};
const spans = [
  span("2", "process check", 500, 1_000, {
    parentSpanId: "1",
    attributes: [
      { key: "hub.request_id", value: { stringValue: "r-1" } },
      { key: "hub.attempt", value: { intValue: "2" } },
      { key: "error.type", value: { stringValue: "TERMINAL" } },
    ],
    status: { code: 2, message: "no such order" },
  }),
  span("1", "publish OrderPlaced", 0, 0),
  span("3", "wait in queue", 0, 500, { parentSpanId: "1" }),
];
const traced: Traced = { requests: [request], otlp: { resourceSpans: [{ scopeSpans: [{ spans }] }] } };
const PLAIN = { width: 160, colours: false, fits: false };

describe("cli / waterfall", () => {
  it("draws each span below its cause, in order of time, with attempts and failures", () => {
    const lines = waterfall(traced, PLAIN).split("\n");
    expect(lines.slice(0, 3)).to.deep.equal([
      "orders  blocked  2026-11-28T10:00:00.000Z",
      "request r-1  correlation c-1",
      `trace ${"a".repeat(32)}`,
    ]);
    expect(lines.slice(3).map((line) => line.slice(0, 19).trimEnd())).to.deep.equal([
      "publish OrderPlaced",
      "  wait in queue",
      "  process check",
    ]);
    expect(lines[5]).to.match(/\+500 ms {3}500 ms {2}attempt 2, TERMINAL: no such order$/);
  });

  it("names the request that opened it, and those that it opened", () => {
    const parent = { requestId: "r-0", flow: "shop", status: "completed" };
    const children = [{ requestId: "r-1.counts", flow: "counts", status: "running" }];
    const lines = waterfall({ requests: [{ ...request, parent, children }], otlp: undefined }, PLAIN).split("\n");
    expect(lines.slice(1, 4)).to.deep.equal([
      "request r-1  correlation c-1",
      "opened by shop  completed  request r-0",
      "opened counts  running  request r-1.counts",
    ]);
  });

  it("draws the ledger's steps where no spans are kept", () => {
    expect(waterfall({ requests: [request], otlp: undefined }, PLAIN)).to.match(
      /check █+ .* 1\.5 s {2}failed, 2 attempts, TERMINAL: no$/m,
    );
  });

  it("keeps to the width of the terminal, from 80 columns on", () => {
    const long = { ...traced.requests[0], steps: [] };
    const message = "x".repeat(500);
    const noisy = spans.map((one) => ({ ...one, status: { code: 2, message } }));
    const text = waterfall(
      { requests: [long as typeof request], otlp: { resourceSpans: [{ scopeSpans: [{ spans: noisy }] }] } },
      { width: 80, colours: false, fits: true },
    );
    for (const line of text.split("\n")) expect(line.length, line).to.be.at.most(90);
  });

  it("has colours on a terminal alone, and none with NO_COLOR", () => {
    expect(terminal({ isTTY: true, columns: 90 }, {})).to.deep.equal({ width: 90, colours: true, fits: true });
    expect(terminal({ isTTY: true }, { NO_COLOR: "1" }).colours).to.equal(false);
    expect(terminal({}, {}).colours).to.equal(false);
    expect(waterfall(traced, { width: 120, colours: true, fits: true })).to.include("\u001b[31m");
    expect(waterfall(traced, PLAIN)).not.to.include("\u001b[");
  });

  it("writes a Gantt chart of Mermaid without its marks in names", () => {
    expect(mermaid({ ...traced, requests: [{ ...request, flow: "a:b;c" }] })).to.include("section a b c r-1");
    expect(mermaid(traced)).to.include(`process check :crit, ${AT + 500}, 500ms`);
  });
});
