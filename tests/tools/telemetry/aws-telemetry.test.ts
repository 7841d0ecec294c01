import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { LogLine } from "../../../protocol/logs.ts";
import { awsTelemetry } from "../../../tools/telemetry/aws-telemetry.ts";

type Sent = { readonly name: string; readonly input: Readonly<Record<string, unknown>> };

/** CloudWatch that answers each command by its name. */
function stub(answers: Readonly<Record<string, (input: Sent["input"]) => unknown>>) {
  const sent: Sent[] = [];
  const client = {
    async send(command: object) {
      const name = command.constructor.name.replace(/Command$/, "");
      const { input } = command as { readonly input: Sent["input"] };
      sent.push({ name, input });
      return answers[name]?.(input) ?? expect.fail(`${name} is not expected`);
    },
  } as never;
  const telemetry = awsTelemetry({ region: "eu-central-1", stack: "prod" }, { logs: client, metrics: client }, () => AT);
  return { telemetry, sent, of: (name: string) => sent.filter((one) => one.name === name).map(({ input }) => input) };
}

const group = (path: string) => ({
  logGroupName: `/hub/prod/${path}`,
  logGroupArn: `arn:aws:logs:r:1:log-group:/hub/prod/${path}`,
});
const GROUPS = ["orders/ship", "orders/bill", "hub-ledger", "hub-gateway-access"].map(group);
const AT = Date.parse("2026-11-28T10:00:00.000Z");
const PERIOD = { from: AT, to: AT + 60_000 };
const line = (fields: object, after = 0) => ({
  eventId: JSON.stringify(fields),
  timestamp: AT + after,
  message: `${JSON.stringify(fields)}\n`,
});

describe("tools / telemetry on AWS", () => {
  it("reads lines about an id from every log group of the stack, page by page, in the order of time", async () => {
    const { telemetry, of } = stub({
      DescribeLogGroups: ({ nextToken }) =>
        nextToken === undefined ? { logGroups: GROUPS.slice(0, 2), nextToken: "2" } : { logGroups: GROUPS.slice(2) },
      FilterLogEvents: ({ logGroupName, nextToken }) => {
        if (logGroupName === "/hub/prod/hub-gateway-access")
          return { events: [line({ hubRequestId: "r-1", httpMethod: "POST", status: "202" })] };
        if (logGroupName !== "/hub/prod/orders/ship") return { events: [] };
        return nextToken === undefined
          ? { events: [line({ requestId: "r-1", level: "info", message: "b" }, 20)], nextToken: "more" }
          : {
              events: [
                line({ requestId: "r-1", level: "info", message: "a" }, 10),
                line({ requestId: "r-2", text: "names r-1" }),
                line({ type: "platform.report", record: { requestId: "r-1" } }),
                line({ _aws: {}, requestId: "r-1" }),
              ],
            };
      },
    });
    const lines = await telemetry.logs({ ids: ["r-1"] }, PERIOD);
    expect(lines.map(({ function: name, message }) => [name, (message as { message?: string }).message])).to.deep.equal([
      ["hub-gateway-access", undefined],
      ["orders/ship", "a"],
      ["orders/ship", "b"],
    ]);
    const [first] = of("FilterLogEvents");
    expect(first).to.include({ startTime: PERIOD.from, endTime: PERIOD.to, filterPattern: '?"r-1"' });
    expect(of("FilterLogEvents")).to.have.length(5);
  });

  it("reads the groups of a flow or a step alone, and all where they have other names", async () => {
    const read = async (query: object) => {
      const { telemetry, of } = stub({ DescribeLogGroups: () => ({ logGroups: GROUPS }), FilterLogEvents: () => ({}) });
      await telemetry.logs(query, PERIOD);
      return of("FilterLogEvents")
        .map(({ logGroupName }) => String(logGroupName).slice("/hub/prod/".length))
        .sort();
    };
    expect(await read({ flow: "orders", step: "ship" })).to.deep.equal(["orders/ship"]);
    expect(await read({ flow: "orders" })).to.deep.equal(["orders/bill", "orders/ship"]);
    expect(await read({ flow: "renamed" })).to.have.length(4);
  });

  it("keeps patterns of many long ids within what CloudWatch takes", async () => {
    const ids = Array.from({ length: 9 }, (_, i) => `${i}`.repeat(300));
    const { telemetry, of } = stub({
      DescribeLogGroups: () => ({ logGroups: GROUPS.slice(0, 1) }),
      FilterLogEvents: () => ({}),
    });
    await telemetry.logs({ ids }, PERIOD);
    const patterns = of("FilterLogEvents").map(({ filterPattern }) => String(filterPattern));
    for (const pattern of patterns) expect(pattern.length).to.be.at.most(1_024);
    for (const id of ids) expect(patterns.filter((pattern) => pattern.includes(id))).to.have.length(1);
  });

  it("follows all log groups, ten a session, and opens a session again that has timed out", async () => {
    const many = Array.from({ length: 12 }, (_, i) => group(`flow-${i}/step`));
    const end = new AbortController();
    const lines: LogLine[] = [];
    let opened = 0;
    const { telemetry, of } = stub({
      DescribeLogGroups: () => ({ logGroups: many }),
      StartLiveTail: ({ logGroupIdentifiers }) => {
        opened += 1;
        const own = opened;
        const logGroupIdentifier = `1:/hub/prod/flow-${own}/step`;
        return {
          responseStream: (async function* () {
            yield { sessionStart: { logGroupIdentifiers } };
            yield {
              sessionUpdate: {
                sessionResults: [
                  { logGroupIdentifier, timestamp: AT, message: '{"level":"error","message":"x"}' },
                  { logGroupIdentifier, timestamp: AT, message: '{"level":"info","message":"y"}' },
                ],
              },
            };
            if (own === 1) yield { SessionTimeoutException: { message: "three hours" } };
            if (own === 3) end.abort();
          })(),
        };
      },
    });
    await telemetry.tail({ level: "error" }, (one) => lines.push(one), end.signal);
    expect(
      of("StartLiveTail")
        .slice(0, 2)
        .map(({ logGroupIdentifiers }) => (logGroupIdentifiers as string[]).length),
    ).to.deep.equal([10, 2]);
    expect(of("StartLiveTail")[0]?.logEventFilterPattern).to.equal(
      '{ ($.level = "error") || ($.level = "ERROR") || ($.httpMethod = *) }',
    );
    expect(lines.slice(0, 3).map(({ function: name }) => name)).to.have.members(["flow-1/step", "flow-2/step", "flow-3/step"]);
    expect(lines.every(({ message }) => (message as { level: string }).level === "error")).to.equal(true);
  });

  it("refuses to follow more log groups than an account may, and says how to follow fewer", async () => {
    const many = Array.from({ length: 51 }, (_, i) => group(`flow-${i}/step`));
    const { telemetry } = stub({ DescribeLogGroups: () => ({ logGroups: many }) });
    const failed = await telemetry.tail({}, () => {}, new AbortController().signal).catch((error: Error) => error.message);
    expect(failed).to.equal("The stack has 51 log groups, and Live Tail follows 50 at once. Narrow it with --flow.");
  });

  it("asks CloudWatch for the age of each queue's oldest message, 500 queues a call", async () => {
    const queues = Array.from({ length: 501 }, (_, i) => `queue-${i}`);
    const { telemetry, of } = stub({
      GetMetricData: ({ MetricDataQueries }) => ({
        MetricDataResults: (MetricDataQueries as { Id: string }[]).map(({ Id }, i) => ({ Id, Values: i === 0 ? [12, 99] : [] })),
      }),
    });
    expect([...(await telemetry.oldest(queues))]).to.deep.equal([
      ["queue-0", 12],
      ["queue-500", 12],
    ]);
    expect(of("GetMetricData").map(({ MetricDataQueries }) => (MetricDataQueries as []).length)).to.deep.equal([500, 1]);
  });

  it("asks CloudWatch for the requests that met their flow's objective, and adds up the windows of the alarms", async () => {
    const minutesAgo = (minutes: number) => new Date(AT - minutes * 60_000);
    const { telemetry, of } = stub({
      GetMetricData: ({ MetricDataQueries }) => ({
        MetricDataResults: (MetricDataQueries as { Id: string; MetricStat: { Metric: { MetricName: string } } }[]).map(
          ({ Id, MetricStat: { Metric } }) => ({
            Id,
            Timestamps: [minutesAgo(2), minutesAgo(90)],
            Values: Metric.MetricName === "RequestsLate" ? [1, 2] : [30, 40],
          }),
        ),
      }),
    });
    const flows = Array.from({ length: 126 }, (_, i) => `flow-${i}`);
    const found = await telemetry.outcomes("state-1", flows);
    expect([...found.keys()]).to.deep.equal(flows);
    expect(found.get("flow-125")).to.deep.equal({ fast: { inTime: 30, late: 1 }, slow: { inTime: 70, late: 3 } });
    const [first, second] = of("GetMetricData").map(({ MetricDataQueries }) => MetricDataQueries as { MetricStat: object }[]);
    expect([first?.length, second?.length]).to.deep.equal([250, 2]);
    expect(first?.[1]?.MetricStat).to.deep.equal({
      Metric: {
        ...{ Namespace: "IntegrationHub", MetricName: "RequestsLate" },
        Dimensions: [
          { Name: "Hub", Value: "state-1" },
          { Name: "Flow", Value: "flow-0" },
        ],
      },
      ...{ Period: 60, Stat: "Sum" },
    });
  });

  it("speaks CloudWatch Logs' own protocol", async () => {
    const targets: string[] = [];
    const server = createServer((request, response) => {
      const target = String(request.headers["x-amz-target"]);
      targets.push(target);
      const body = target.endsWith("DescribeLogGroups")
        ? { logGroups: GROUPS.slice(0, 1) }
        : { events: [line({ requestId: "r-1" })] };
      response.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const logs = new CloudWatchLogsClient({
      region: "eu-central-1",
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
    });
    const { logs: read } = awsTelemetry({ region: "eu-central-1", stack: "prod" }, { logs, metrics: {} as never });
    expect((await read({ ids: ["r-1"] }, PERIOD)).map(({ function: name }) => name)).to.deep.equal(["orders/ship"]);
    expect(targets.map((target) => target.split(".")[1])).to.deep.equal(["DescribeLogGroups", "FilterLogEvents"]);
    logs.destroy();
    server.close();
  });
});
