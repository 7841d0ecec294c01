import { expect } from "chai";
import { describe, it } from "mocha";
import { find } from "../../cli/find.ts";
import { logs, logText } from "../../cli/logs.ts";
import type { Telemetry } from "../../cli/telemetry/telemetry.ts";
import { isWanted, type LogLine, type LogQuery } from "../../protocol/logs.ts";
import { hubStub } from "./hub-stub.ts";

const TRACE = "0123456789abcdef0123456789abcdef";
const NOW = "2026-11-28T10:00:00.000Z";
/** X-Ray's id of the call, which begins with the second of it. */
const CALL = `${(Date.parse(NOW) / 1_000).toString(16)}bd862e3fe1be46a994272793`;
const XRAY = `1-${CALL.slice(0, 8)}-${CALL.slice(8)}`;
const request = (requestId: string) => ({
  ...{ requestId, correlationId: "c-1", flow: "orders", status: "completed", createdAt: NOW, updatedAt: NOW },
  ...{ traceId: TRACE, keys: { orderId: ["O-1"] }, steps: [] },
});
const letter = { id: "0f1e2d3c4b5a6978", state: "redriven", step: "ship", errorCode: "TERMINAL", requestId: "r-1" };

const LINES: readonly LogLine[] = [
  {
    timestamp: NOW,
    function: "hub-gateway-access",
    message: {
      requestId: "g-1",
      hubRequestId: "r-1",
      xrayTraceId: XRAY,
      httpMethod: "POST",
      resourcePath: "/orders",
      status: "202",
    },
  },
  {
    timestamp: NOW,
    function: "orders/ship",
    message: {
      level: "info",
      message: "step succeeded",
      published: ["OrderShipped"],
      requestId: "r-1",
      flow: "orders",
      step: "ship",
    },
  },
];
function telemetry() {
  const asked: LogQuery[] = [];
  const logs = async (query: LogQuery) => {
    asked.push(query);
    return LINES.filter((line) => isWanted(line, query));
  };
  return { asked, of: async () => ({ logs }) as unknown as Telemetry };
}
const PLAIN = { width: 120, colours: false, fits: false };

describe("cli / find", () => {
  const hub = hubStub((url) => {
    const { pathname, searchParams } = new URL(url, "http://hub");
    if (pathname === "/requests/r-1") return request("r-1");
    if (pathname === "/requests") {
      const found = searchParams.get("correlationId") === "c-1" || ["O-1", TRACE].includes(String(searchParams.get("key")));
      return { requests: found ? [request("r-1")] : [] };
    }
    if (pathname === "/ops/dead-letters") return { deadLetters: [letter], more: false };
    return pathname === `/ops/dead-letters/${letter.id}` ? letter : undefined;
  });

  for (const [what, id] of [
    ["request", "r-1"],
    ["correlation id", "c-1"],
    ["order number", "O-1"],
    ["dead letter", letter.id],
    ["trace", TRACE],
    ["trace as X-Ray writes it", `1-${TRACE.slice(0, 8)}-${TRACE.slice(8)}`],
    ["X-Ray's own trace of the call", XRAY],
  ] as const)
    it(`leads from the id of a ${what} to all others`, async () => {
      const around = { to: PLAIN, telemetry: telemetry().of, now: Date.parse(NOW) };
      const { requests } = JSON.parse(await find(hub, [id], { json: true }, around)) as { requests: unknown[] };
      expect(requests).to.deep.equal([
        {
          ...{ requestId: "r-1", correlationId: "c-1", flow: "orders", status: "completed", createdAt: NOW },
          keys: { orderId: ["O-1"] },
          traceId: TRACE,
          xrayTraceIds: [`1-${TRACE.slice(0, 8)}-${TRACE.slice(8)}`, XRAY],
          gatewayRequestId: "g-1",
          deadLetters: [{ id: letter.id, state: "redriven", step: "ship", errorCode: "TERMINAL" }],
        },
      ]);
    });

  it("prints them one a line, and those without logs where there are no credentials", async () => {
    const none = async () => {
      throw new Error("no credentials");
    };
    expect((await find(hub, ["r-1"], {}, { to: PLAIN, telemetry: none })).split("\n")).to.deep.equal([
      `orders  completed  ${NOW}`,
      "request      r-1",
      "correlation  c-1",
      `trace        ${TRACE}`,
      `X-Ray        1-${TRACE.slice(0, 8)}-${TRACE.slice(8)}`,
      "orderId      O-1",
      `dead letter  ${letter.id}  redriven, ship: TERMINAL`,
    ]);
  });

  it("says what may be given where nothing is known", async () => {
    const failed = await find(hub, ["nothing"], {}, { to: PLAIN, telemetry: telemetry().of }).catch(
      (error: Error) => error.message,
    );
    expect(failed).to.match(/^Nothing is known by nothing\. Give the id of a request/);
  });
});

describe("cli / logs", () => {
  const hub = hubStub((url) =>
    url === "/requests/r-1" ? request("r-1") : url.startsWith("/requests?") ? { requests: [] } : undefined,
  );

  it("prints what was logged about a request, with its events", async () => {
    const { of, asked } = telemetry();
    const lines = (await logs(hub, ["r-1"], {}, { to: PLAIN, telemetry: of })).split("\n");
    expect(lines.map((line) => line.slice(13))).to.deep.equal([
      "info  hub-gateway-access  POST /orders 202  r-1",
      "info  orders/ship  step succeeded → OrderShipped  r-1",
    ]);
    expect(asked).to.deep.equal([{ ids: ["r-1", "c-1"] }]);
  });

  it("finds a call that was refused, which has no request, by its own id", async () => {
    expect(await logs(hub, ["g-1"], {}, { to: PLAIN, telemetry: telemetry().of })).to.include("POST /orders 202");
    const failed = await logs(hub, ["g-2"], {}, { to: PLAIN, telemetry: telemetry().of }).catch((error: Error) => error.message);
    expect(failed).to.match(/^Nothing is known by g-2, and no line of the last day has it\./);
  });

  it("keeps a line to the width of a terminal, and whole where a program reads it", () => {
    const line: LogLine = {
      timestamp: NOW,
      function: "f",
      message: {
        level: "error",
        message: "x".repeat(300),
        flow: "orders",
        step: "ship",
        requestId: "r-1",
        attempt: 2,
        durationMs: 5,
      },
    };
    expect(logText(line, { width: 100, colours: false, fits: true })).to.have.length(100);
    expect(logText(line, PLAIN))
      .to.include("x".repeat(300))
      .and.match(/ {2}\(attempt 2, 5 ms\) {2}r-1$/);
    expect(logText(line, { ...PLAIN, colours: true }).slice(0, 5)).to.equal("\u001b[31m");
  });

  it("lets no control character of a caller or a third party reach the terminal", () => {
    const message = {
      level: "info",
      flow: "a\u001b[2J",
      message: "answered \u001b]0;owned\u0007\nby\u2028hand",
      requestId: "r\r",
    };
    const shown = logText({ timestamp: "2026-11-28T10:00:00.000Z", function: "f", message }, PLAIN);
    expect(shown).to.equal("10:00:00.000 info  a.[2J  answered .]0;owned..by.hand  r.");
  });
});
