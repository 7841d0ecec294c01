import { expect } from "chai";
import { describe, it } from "mocha";
import { requestSpans } from "../../../console/server/request-spans.ts";
import { COMPONENTS } from "../../../protocol/kinds.ts";
import type { OtlpSpan } from "../../../protocol/otlp.ts";

const AT = Date.parse("2026-11-29T12:00:00.000Z");
type Given = Partial<OtlpSpan> & { readonly of?: Readonly<Record<string, string | number | boolean>> };
const otlpValue = (value: string | number | boolean) =>
  typeof value === "number"
    ? { intValue: String(value) }
    : typeof value === "boolean"
      ? { boolValue: value }
      : { stringValue: value };
const span = (spanId: string, name: string, from: number, to: number, { of = {}, ...more }: Given = {}): OtlpSpan => ({
  ...{ traceId: "a".repeat(32), spanId, name, kind: 1, links: [], status: { code: 0 } },
  startTimeUnixNano: `${AT + from}000000`,
  endTimeUnixNano: `${AT + to}000000`,
  attributes: Object.entries({ "hub.step": "register", ...of }).map(([key, value]) => ({ key, value: otlpValue(value) })),
  ...more,
});
const attempt = (spanId: string, n: number, from: number, to: number, more: Given = {}) =>
  span(spanId, "process register", from, to, { ...more, of: { "hub.delivery": "d1", "hub.attempt": n, ...more.of } });
const call = (spanId: string, parentSpanId: string, from: number, to: number, of: Given["of"] = {}, more: Given = {}) =>
  span(spanId, "erp.registerOrder", from, to, {
    parentSpanId,
    ...more,
    of: {
      ...{ "http.request.method": "POST", "url.template": "/orders/:id", "server.address": "127.0.0.1" },
      ...{ "http.request.resend_count": 0, "hub.rate_limit_wait_ms": 0, "hub.circuit_open": false },
      ...of,
    },
  });
const resource = (name: string, baseUrl: string) => ({
  ...{ urn: "", type: COMPONENTS.thirdParty, name, parent: undefined, outputs: {} },
  inputs: { name, baseUrl, auth: { kind: "none" }, operations: [] },
});
const spansOf = (spans: readonly OtlpSpan[], baseUrl = "https://user:secret@erp.example.com/v1/?token=secret") =>
  requestSpans({ resources: [resource("erp", baseUrl)], spansOf: () => spans }, "r1");

describe("console / what the trace has of a request", () => {
  it("has waits, attempts and calls of a delivery, in order, each call at its attempt", () => {
    const found = spansOf([
      call("c2", "h1", 300, 320, {
        "http.response.status_code": 200,
        "http.request.resend_count": 1,
        "hub.rate_limit_wait_ms": 5,
      }),
      // A span of the handler lies between.
      span("h1", "my own", 290, 330, { parentSpanId: "a2" }),
      attempt("a2", 2, 280, 340, {
        events: [
          {
            name: "DynamoDB.UpdateItem",
            timeUnixNano: `${AT + 281}000000`,
            attributes: [{ key: "hub.duration_ms", value: { intValue: "4" } }],
          },
          {
            name: "EventBridge.PutEvents",
            timeUnixNano: `${AT + 330}000000`,
            attributes: [{ key: "error.type", value: { stringValue: "ThrottlingException" } }],
          },
        ],
      }),
      attempt("a1", 1, 30, 90, {
        of: { "error.type": "THIRD_PARTY_UNAVAILABLE" },
        status: { code: 2, message: "erp answered 503" },
      }),
      call("c1", "a1", 40, 80, { "http.response.status_code": 503 }),
      span("w1", "wait in bus", 0, 10, { of: { "hub.delivery": "d1" } }),
      span("w2", "wait in queue", 10, 30, { of: { "hub.delivery": "d1" } }),
      span("e1", "publish Done", 340, 340),
    ]);
    const common = { name: "erp.registerOrder", method: "POST", url: "erp.example.com/v1/orders/:id" };
    expect(found).to.deep.equal({
      kept: true,
      moreCalls: 0,
      deliveries: [
        {
          ...{ step: "register", delivery: "d1" },
          waits: [
            { start: AT, end: AT + 10, place: "bus" },
            { start: AT + 10, end: AT + 30, place: "queue" },
          ],
          attempts: [
            {
              ...{ start: AT + 30, end: AT + 90, attempt: 1, aws: [] },
              error: { code: "THIRD_PARTY_UNAVAILABLE", message: "erp answered 503" },
            },
            {
              ...{ start: AT + 280, end: AT + 340, attempt: 2 },
              aws: [
                { name: "DynamoDB.UpdateItem", start: AT + 281, end: AT + 285 },
                { name: "EventBridge.PutEvents", start: AT + 330, end: AT + 330, error: "ThrottlingException" },
              ],
            },
          ],
          calls: [
            { ...common, start: AT + 40, end: AT + 80, status: 503, attempt: 1, tries: 1, waitedMs: 0 },
            { ...common, start: AT + 300, end: AT + 320, status: 200, attempt: 2, tries: 2, waitedMs: 5 },
          ],
        },
      ],
    });
  });

  it("shows no secret: of the address host and path alone, and masked messages", () => {
    const failing = call(
      "c1",
      "a1",
      0,
      1,
      { "error.type": "THIRD_PARTY_UNREACHABLE" },
      { status: { code: 2, message: "no answer to Bearer sk_live_0123456789abcdef" } },
    );
    const text = JSON.stringify(spansOf([failing, attempt("a1", 1, 0, 2)]));
    expect(text).not.to.match(/user|secret|token|sk_live/);
    expect(text).to.include("THIRD_PARTY_UNREACHABLE");
  });

  it("says that a call was not sent while the breaker was open, and that no answer came", () => {
    const [{ calls = [] } = {}] = spansOf([
      call(
        "c1",
        "a1",
        0,
        0,
        { "hub.circuit_open": true, "error.type": "CIRCUIT_OPEN" },
        { status: { code: 2, message: "erp is down" } },
      ),
      attempt("a1", 1, 0, 1),
    ]).deliveries;
    expect(calls.map(({ status, tries, error }) => ({ status, tries, error }))).to.deep.equal([
      { status: null, tries: 0, error: { code: "CIRCUIT_OPEN", message: "erp is down" } },
    ]);
  });

  it("keeps a call whose attempt is not known, or outside of a delivery, and takes the host that was called where none is declared", () => {
    const { deliveries } = spansOf(
      [call("c1", "gone", 0, 1), call("c2", "c2", 2, 3, { "hub.step": "trigger:quote" })],
      "not a URL",
    );
    expect(
      deliveries.map(({ step, delivery, calls }) => [step, delivery, calls.map(({ attempt, url }) => [attempt, url])]),
    ).to.deep.equal([
      ["register", "", [[null, "127.0.0.1/orders/:id"]]],
      ["trigger:quote", "", [[null, "127.0.0.1/orders/:id"]]],
    ]);
  });

  it("lists 1,000 calls, counts the others, and says when nothing is kept", () => {
    const many = Array.from({ length: 1_003 }, (_, n) => call(`c${n}`, "a1", n, n + 1));
    const found = spansOf([attempt("a1", 1, 0, 2_000), ...many]);
    expect([found.deliveries[0]?.calls.length, found.moreCalls]).to.deep.equal([1_000, 3]);
    expect(spansOf([])).to.deep.equal({ kept: false, deliveries: [], moreCalls: 0 });
  });
});
