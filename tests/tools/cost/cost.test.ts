import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { api, event, flow, poll, step, webhook } from "../../../model/index.ts";
import { stripe } from "../../../model/signature-presets.ts";
import { idleCosts } from "../../../tools/cost/idle.ts";
import { type Measured, measure, measurePolls } from "../../../tools/cost/measure.ts";
import { ratesOf } from "../../../tools/cost/rates.ts";
import { costReport } from "../../../tools/cost/report.ts";
import { costsOf, metricsCost, pollsCost, totalOf } from "../../../tools/cost/variable.ts";

const Asked = event("Asked", z.object({ id: z.string() }));
const Done = event("Done", z.object({ id: z.string() }));
const Kept = event("Kept", z.object({ code: z.string().regex(/^(?=[A-Z])..$/) }));
const ASSUMED = { stepMs: 100, hubMs: 40, memoryMb: 256, traced: 0, waf: true, archiveDays: 30, logDays: 30 };

/** @param steps how many of them follow one another */
const chain = (steps: number) => {
  const events = Array.from({ length: steps }, (_, n) => event(`Step${n}Done`, z.object({ id: z.string() })));
  return flow("chain", {
    summary: "",
    owner: "",
    triggers: { ask: api("POST /asks", { emits: Asked }) },
    steps: Object.fromEntries(
      events.map((done, n) => [`s${n}`, step({ on: events[n - 1] ?? Asked, emits: [done], handler: ({ id }) => done({ id }) })]),
    ),
  });
};
const measured = async (steps: number): Promise<Measured> => (await measure(chain(steps)))[0] ?? expect.fail("nothing measured");

describe("npm run cost", () => {
  it("counts what a request uses of each service, from the flow's own graph", async () => {
    const [one, five] = [await measured(1), await measured(5)];
    // The first event; of each step its event and its report. The ledger gets the first event and the reports.
    expect(one.use).to.include({ apiCalls: 1, events: 3, messages: 3, stepRuns: 1, hubRuns: 2 });
    expect(five.use).to.include({ apiCalls: 1, events: 11, messages: 11, stepRuns: 5, hubRuns: 6 });
    expect(five.use.writeUnits).to.be.greaterThan(one.use.writeUnits);
    expect(five.use.storedBytes).to.be.greaterThan(0);
    expect(totalOf(costsOf(five.use, ASSUMED))).to.be.greaterThan(totalOf(costsOf(one.use, ASSUMED)));
  });

  it("counts units as DynamoDB does: by size, and of an index where what it holds changes", async () => {
    const [one, two] = [await measured(1), await measured(2)];
    // Lease and result of the step: 1 and 2. Of the request: trace id and input, and two summaries of 1 KB, each of which changes the list.
    expect(one.use.writeUnits).to.equal(1 + 2 + 2 + 2 * 2);
    // Of one more step: lease, result, and a summary that changes the list, since the request runs; the last summary has more than 1 KB.
    expect(two.use.writeUnits).to.equal(one.use.writeUnits + 1 + 2 + 2 + 1);
  });

  it("says of which trigger no sample is taken or refused, and counts its call all the same", async () => {
    const odd = flow("odd", {
      summary: "",
      owner: "",
      triggers: {
        code: webhook("POST /hooks/codes", { emits: Kept, verify: stripe({ secret: "codes" }) }),
        ask: api("POST /asks", { emits: Asked }),
      },
      steps: {
        end: step({ on: Kept, emits: [], handler: () => [] }),
        fail: step({
          on: Asked,
          emits: [Done],
          retry: { attempts: 1, backoff: "1 second", ceiling: "1 second" },
          handler: () => {
            throw Object.assign(new Error("no"), { code: "NO" });
          },
        }),
      },
    });
    const [code, ask] = await measure(odd);
    expect(code?.refused).to.deep.equal(["NO_SAMPLE"]);
    expect(code?.use).to.include({ apiCalls: 1, hubRuns: 1, events: 0 });
    expect(ask?.refused).to.have.length(1);
  });

  it("counts the runs of a poll that find nothing, by its expression, and a cursor for each page", async () => {
    const cursor = z.object({ after: z.int() });
    const page = () => expect.fail("the third party is asked");
    const settings = { emits: [Asked], cursor, start: { after: 0 }, page } as const;
    const polled = flow("polled", {
      summary: "",
      owner: "",
      triggers: {
        often: poll("rate(5 minutes)", settings),
        nightly: poll("cron(0 2 * * ? *)", settings),
        always: poll("cron(* * * * ? *)", settings),
        off: poll("rate(1 minute)", { ...settings, enabled: false }),
        ask: api("POST /asks", { emits: Asked }),
      },
      steps: { end: step({ on: Asked, emits: [], handler: () => [] }) },
    });
    const polls = await measurePolls(polled);
    expect(polls.map(({ trigger, runs }) => [trigger, Math.round(runs)])).to.deep.equal([
      ["often", 8_760],
      ["nightly", 30],
      ["always", 43_800],
    ]);
    for (const { use } of polls) {
      expect(use).to.include({ apiCalls: 0, stepRuns: 1, hubRuns: 0, events: 0, messages: 0, writeUnits: 2, readUnits: 1 });
      expect(use.logBytes).to.be.greaterThan(900);
    }
    const [often, nightly] = polls.map((one) => pollsCost([one], ASSUMED)) as [number, number];
    // Their log lines have names of other lengths.
    expect(often / nightly).to.be.closeTo(8_760 / (365 / 12), 2);
    const [asPoll, , , , asCall] = await measure(polled);
    expect((asPoll?.use.writeUnits ?? 0) - (asCall?.use.writeUnits ?? 0)).to.equal(1);
  });

  it("takes schedules of triggers for no runs of the sweeper", () => {
    const schedule = (props: object) => ({ type: "aws:scheduler/schedule:Schedule", name: "s", props: { target: props } });
    const [none, sweeper, poll] = [[], [schedule({})], [schedule({ input: "{}" })]].map((all) => totalOf(idleCosts(all)));
    expect(sweeper).to.be.greaterThan(none ?? 0);
    expect(poll).to.equal(none);
  });

  it("gives the idle cost of what a stack holds", () => {
    const resource = (type: string, props: Readonly<Record<string, unknown>> = {}) => ({ type, name: type, props });
    const nothing = idleCosts([]);
    expect(totalOf(nothing)).to.be.lessThan(1);
    const costs = idleCosts([
      resource("aws:secretsmanager/secret:Secret"),
      resource("aws:cloudwatch/metricAlarm:MetricAlarm", {
        metricQueries: [{ expression: "SUM(m0)" }, { metric: {} }, { metric: {} }],
      }),
      resource("aws:cloudwatch/metricAlarm:MetricAlarm", { metricName: "Errors" }),
      resource("aws:wafv2/webAcl:WebAcl", { rules: [{}, {}, {}] }),
      resource("aws:apigateway/stage:Stage", { cacheClusterSize: "0.5" }),
      resource("aws:ec2/natGateway:NatGateway"),
    ]);
    expect(costs).to.include({ "Secrets Manager": 0.4, WAF: 8, "API Gateway, cache": 14.6, "NAT gateways": 36.5 });
    expect(costs["CloudWatch alarms"]).to.be.closeTo(0.3, 1e-9);
  });

  it("counts the metrics that a request gives values to, each once, by the hours in which requests come", async () => {
    const { metrics } = await measured(2);
    expect(metrics).to.include.members(["RequestsAccepted Flow=chain", "StepAttempts Flow=chain"]);
    expect(metrics.filter((name) => name.startsWith("StepAttempts"))).to.have.length(1);
    const [few, many] = [metricsCost([[{ metrics }, 1 / 36_000]]), metricsCost([[{ metrics }, 10]])];
    expect(many).to.be.closeTo(metrics.length * 0.3, 1e-9);
    // One request in ten hours.
    expect(few).to.be.closeTo(many * (1 - Math.exp(-0.1)), 1e-9);
    expect(
      metricsCost([
        [{ metrics }, 10],
        [{ metrics: [...metrics, "CallErrors ThirdParty=erp"] }, 10],
      ]),
    ).to.be.closeTo(many + 0.3, 1e-9);
  });

  it("takes a rate of all triggers together, or of each", () => {
    expect([...ratesOf(["10"], ["a.x", "b.y"])]).to.deep.equal([
      ["a.x", 5],
      ["b.y", 5],
    ]);
    expect([...ratesOf(["a.x=2.5", "b.y=0"], ["a.x", "b.y"])]).to.deep.equal([
      ["a.x", 2.5],
      ["b.y", 0],
    ]);
    for (const wrong of ["ten", "a.x=", "-1", "=3"]) expect(() => ratesOf([wrong], ["a.x"]), wrong).to.throw(RangeError);
    expect(() => ratesOf(["c.z=1"], ["a.x", "b.y"])).to.throw("there is no trigger c.z. Name one of a.x, b.y.");
  });

  it("reports by service, the dearest first", async () => {
    const one = await measured(2);
    const text = costReport({
      stack: "dev",
      idle: idleCosts([]),
      measured: [one],
      rates: new Map([["chain.ask", 10]]),
      assumed: ASSUMED,
    });
    const month = text.slice(text.indexOf("a month", text.indexOf("at 10 a second")));
    expect(month).to.include("DynamoDB").and.include("EventBridge").and.include("in all");
    const figures = [...month.matchAll(/^ +([\d,.]+) {2}(?!in all)/gm)].map(([, figure = ""]) =>
      Number(figure.replaceAll(",", "")),
    );
    expect(figures).to.deep.equal(figures.toSorted((a, b) => b - a));
  });
});
