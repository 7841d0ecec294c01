import { expect } from "chai";
import { describe, it } from "mocha";
import { status } from "../../cli/status.ts";
import { table } from "../../cli/table.ts";
import type { Telemetry } from "../../cli/telemetry/telemetry.ts";
import type { HubStatus } from "../../protocol/status.ts";
import { hubStub } from "./hub-stub.ts";

const depth = (visible: number) => ({ visible, inFlight: 1, delayed: 0 });
const FOUND: HubStatus = {
  at: "2026-11-28T12:00:00.000Z",
  table: "state",
  flows: [
    {
      flow: "orders",
      steps: [
        { step: "ship", queue: "ship-q", depth: depth(3), deadLetters: 2 },
        { step: "bill", queue: "bill-q", depth: { visible: 0, inFlight: 0, delayed: 0 }, deadLetters: 0 },
      ],
      timers: [
        {
          ...{ trigger: "nightly", kind: "schedule", expression: "cron(0 2 * * ? *)", timezone: "Europe/Lisbon", enabled: true },
          ...{ nextAt: "2026-11-29T02:00:00.000Z", poll: null },
        },
        {
          ...{ trigger: "items", kind: "poll", expression: "rate(5 minutes)", timezone: "UTC", enabled: true, nextAt: null },
          poll: {
            cursor: { after: 7 },
            lastRun: {
              startedAt: "2026-11-28T11:58:00.000Z",
              endedAt: null,
              ended: "failed",
              pages: 1,
              events: 2,
              error: "TIMEOUT",
            },
          },
        },
        {
          ...{ trigger: "off", kind: "poll", expression: "rate(1 hour)", timezone: "UTC", enabled: false, nextAt: null },
          poll: { cursor: null, lastRun: null },
        },
      ],
      deadLetters: 2,
      objective: { completedWithin: "1 minute", for: "99.9 %" },
    },
    {
      flow: "quiet",
      steps: [{ step: "only", queue: "only-q", depth: null, deadLetters: 0 }],
      timers: [],
      deadLetters: 0,
      objective: null,
    },
  ],
  thirdParties: [
    { name: "crm", breaker: "closed", failures: 0, openUntil: null },
    { name: "erp", breaker: "open", failures: 7, openUntil: "2026-11-28T12:00:10.000Z" },
  ],
  holds: [{ flow: "orders", since: "2026-11-28T11:00:00.000Z", until: "2026-11-28T13:00:00.000Z", by: "ana", why: "a release" }],
  deadLetters: { open: 2, oldest: "2026-11-28T09:00:00.000Z", counted: 2 },
};
const PLAIN = { width: 100, colours: false, fits: false };
const telemetry =
  (ages: Readonly<Record<string, number>>, [late, lateBefore]: readonly [late: number, before: number] = [0, 0]) =>
  async () =>
    ({
      oldest: async () => new Map(Object.entries(ages)),
      outcomes: async (table: string, flows: readonly string[]) => {
        expect([table, flows]).to.deep.equal(["state", ["orders"]]);
        return new Map([["orders", { fast: { inTime: 97, late }, slow: { inTime: 497, late: late + lateBefore } }]]);
      },
    }) as unknown as Telemetry;
const none = async () => {
  throw new Error("no credentials");
};

describe("cli / status", () => {
  const hub = hubStub((url) => (url === "/ops/status" ? FOUND : undefined));

  it("shows flows with the steps that have something, breakers, holds and dead letters", async () => {
    expect((await status(hub, {}, { to: PLAIN, telemetry: telemetry({ "ship-q": 90, "bill-q": 0 }) })).split("\n")).to.deep.equal(
      [
        "FLOW    VISIBLE  IN FLIGHT  DELAYED  OLDEST  DEAD LETTERS",
        "orders  3        1          0        90.0 s  2",
        "  ship  3        1          0        90.0 s  2",
        "quiet   ?        ?          ?        -       0",
        "  only  ?        ?          ?        -       0",
        "",
        "SCHEDULES AND POLLS",
        "orders/nightly  schedule cron(0 2 * * ? *) Europe/Lisbon, next at 2026-11-29T02:00:00.000Z",
        'orders/items  poll rate(5 minutes), last run 2026-11-28T11:58:00.000Z failed: TIMEOUT, 1 page with 2 events, cursor {"after":7}',
        "orders/off  poll rate(1 hour), disabled, no run yet",
        "",
        "OBJECTIVES",
        "orders  99.9 % within 1 minute: 100 % of 497 in the last 6 h, 100 % of the error budget left",
        "",
        "THIRD PARTIES",
        "crm  closed",
        "erp  open, 7 failures in a row, is called again at 2026-11-28T12:00:10.000Z",
        "",
        "HELD",
        "flow orders  until 2026-11-28T13:00:00.000Z, by ana: a release",
        "",
        "2 open dead letters, the oldest for 3.0 h",
      ],
    );
  });

  it("shows all steps of one flow, and ? for ages that CloudWatch does not say", async () => {
    const lines = (await status(hub, { flow: "orders" }, { to: PLAIN, telemetry: none })).split("\n");
    expect(lines.slice(1, 4)).to.deep.equal([
      "orders  3        1          0        ?       2",
      "  ship  3        1          0        ?       2",
      "  bill  0        0          0        ?       0",
    ]);
    const failed = await status(hub, { flow: "nope" }, { to: PLAIN, telemetry: none }).catch((error: Error) => error.message);
    expect(failed).to.equal("The hub has no flow nope. It has orders, quiet.");
  });

  it("shows how many requests meet the objective of their flow, and which alarm rings", async () => {
    const line = async (about: () => Promise<Telemetry>) =>
      (await status(hub, {}, { to: PLAIN, telemetry: about })).split("\n").find((text) => text.startsWith("orders  99.9 %"));
    const shown = "orders  99.9 % within 1 minute:";
    expect(await line(telemetry({}, [3, 0]))).to.equal(
      `${shown} 99.4 % of 500 in the last 6 h, the error budget used up 6 times, the alarm over 1 h rings`,
    );
    expect(await line(telemetry({}, [0, 3]))).to.equal(
      `${shown} 99.4 % of 500 in the last 6 h, the error budget used up 6 times`,
    );
    expect(await line(telemetry({}, [2, 2]))).to.equal(
      `${shown} 99.2 % of 501 in the last 6 h, the error budget used up 8 times, the alarm over 6 h rings`,
    );
    expect(await line(telemetry({}, [2, 0]))).to.equal(
      `${shown} 99.59 % of 499 in the last 6 h, the error budget used up 4 times`,
    );
    expect(await line(none)).to.equal(`${shown} not known`);
  });

  it("prints the same as JSON, with the ages", async () => {
    const text = await status(hub, { json: true }, { to: PLAIN, telemetry: telemetry({ "ship-q": 90 }) });
    const printed = JSON.parse(text) as {
      flows: { steps: { oldestSeconds: number | null }[]; objective: object | null }[];
    };
    expect(printed.flows[0]?.steps.map(({ oldestSeconds }) => oldestSeconds)).to.deep.equal([90, null]);
    expect(printed.flows.map(({ objective }) => objective)).to.deep.equal([
      {
        ...{ completedWithin: "1 minute", for: "99.9 %" },
        outcomes: { fast: { inTime: 97, late: 0 }, slow: { inTime: 497, late: 0 } },
        rings: [],
      },
      null,
    ]);
    expect(printed).to.deep.include({ thirdParties: FOUND.thirdParties, holds: FOUND.holds, deadLetters: FOUND.deadLetters });
  });

  it("is red where an operator has to act, on a terminal alone", async () => {
    const to = { width: 100, colours: true, fits: true };
    const text = await status(hub, {}, { to, telemetry: none });
    expect(text).to.include("\u001b[31merp  open");
    expect(text.split("\n")[1]?.slice(0, 11)).to.equal("\u001b[31morders");
  });

  it("cuts the widest columns to the width of a terminal", () => {
    const rows = [["x".repeat(60), "1", "y".repeat(30)]];
    const lines = table(["NAME", "N", "WHY"], rows, 50).split("\n");
    for (const line of lines) expect(line.length).to.be.at.most(50);
    expect(lines[1]).to.match(/^x+…\s+1\s+y+…?$/);
    expect(table(["NAME", "N", "WHY"], rows).split("\n")[1]).to.equal(`${"x".repeat(60)}  1  ${"y".repeat(30)}`);
  });
});
