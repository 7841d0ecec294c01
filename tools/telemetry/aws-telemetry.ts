import { CloudWatchClient, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
  type LogGroup,
  StartLiveTailCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { isWanted, type LogLine, type LogQuery, levelsFrom, logGroupPrefix, logLineOf } from "../../protocol/logs.ts";
import { ABOUT, DIMENSION, METRIC, NAMESPACE } from "../../protocol/metrics.ts";
import { BURN_RATES, BURN_WINDOWS, type BurnWindow, type Outcomes, type WindowOutcomes } from "../../protocol/slo.ts";

/** A stack on AWS. */
interface DeployedStack {
  readonly region: string;
  /** Pulumi's name of the stack, without organisation and project. */
  readonly stack: string;
}
interface Clients {
  readonly logs: Pick<CloudWatchLogsClient, "send">;
  readonly metrics: Pick<CloudWatchClient, "send">;
}

/** Groups of one session, and sessions of one command; an account has 15 at once. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html */
const GROUPS_OF_SESSION = 10;
const MOST_SESSIONS = 5;
/** Calls at once: FilterLogEvents takes 5 to 50 a second, by region (same page). */
const AT_ONCE = 4;
const MOST_LINES = 1_000;
/** Pages of one group: a filter that few lines match reads them all. */
const MOST_PAGES = 20;
/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const QUERIES_OF_CALL = 500;
/** Of the minutes of six hours: a call returns 100,800 values (same page). */
const MINUTE_QUERIES_OF_CALL = 250;

/**
 * Logs, ages of queues and outcomes of requests in CloudWatch, with the credentials of the caller. They need `logs:DescribeLogGroups`, `logs:FilterLogEvents`,
 * `logs:StartLiveTail` and `cloudwatch:GetMetricData`.
 */
export function awsTelemetry(
  { region, stack }: DeployedStack,
  { logs, metrics }: Clients = { logs: new CloudWatchLogsClient({ region }), metrics: new CloudWatchClient({ region }) },
  clock: () => number = Date.now,
) {
  const prefix = logGroupPrefix(stack);

  async function groupsOf({ flow, step }: LogQuery): Promise<readonly LogGroup[]> {
    const groups: LogGroup[] = [];
    let nextToken: string | undefined;
    do {
      const page = await logs.send(
        new DescribeLogGroupsCommand({ logGroupNamePrefix: prefix, ...(nextToken !== undefined && { nextToken }) }),
      );
      groups.push(...(page.logGroups ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    if (flow === undefined) return groups;
    const ofFlow = groups.filter(({ logGroupName = "" }) => logGroupName.startsWith(`${prefix}${flow}/`));
    const ofStep = ofFlow.filter(({ logGroupName }) => logGroupName === `${prefix}${flow}/${step}`);
    // Groups have the first names of flows and steps: one that was renamed is looked for in all.
    return ofStep.length > 0 ? ofStep : ofFlow.length > 0 ? ofFlow : groups;
  }

  const lineOf = (group: string, timestamp: number, message: string) =>
    logLineOf(new Date(timestamp).toISOString(), group.slice(prefix.length), message);

  return {
    async logs(query: LogQuery, period: { readonly from: number; readonly to: number }): Promise<readonly LogLine[]> {
      const patterns = patternsOf(query);
      const left = (await groupsOf(query)).flatMap(({ logGroupName = "" }) =>
        patterns.map((pattern) => ({ logGroupName, pattern })),
      );
      const lines = new Map<string, LogLine>();
      const reader = async () => {
        for (let next = left.pop(); next !== undefined; next = left.pop()) {
          let nextToken: string | undefined;
          for (let page = 0; page < MOST_PAGES; page += 1) {
            const found = await logs.send(
              new FilterLogEventsCommand({
                logGroupName: next.logGroupName,
                startTime: period.from,
                endTime: period.to,
                ...(next.pattern !== undefined && { filterPattern: next.pattern }),
                ...(nextToken !== undefined && { nextToken }),
              }),
            );
            for (const { eventId = "", timestamp = 0, message = "" } of found.events ?? []) {
              const line = lineOf(next.logGroupName, timestamp, message);
              if (isWanted(line, query)) lines.set(`${next.logGroupName} ${eventId}`, line);
            }
            nextToken = found.nextToken;
            if (nextToken === undefined) break;
          }
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, reader));
      return [...lines.values()].sort((a, b) => a.timestamp.localeCompare(b.timestamp)).slice(-MOST_LINES);
    },

    async tail(query: LogQuery, onLine: (line: LogLine) => void, signal: AbortSignal): Promise<void> {
      const groups = await groupsOf(query);
      if (groups.length > GROUPS_OF_SESSION * MOST_SESSIONS)
        throw new RangeError(
          `The stack has ${groups.length} log groups, and Live Tail follows ${GROUPS_OF_SESSION * MOST_SESSIONS} at once. Narrow it with --flow.`,
        );
      const pattern = levelPattern(query);
      const follow = async (arns: readonly string[]) => {
        // A session ends after three hours. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatchLogs_LiveTail.html
        while (!signal.aborted) {
          const { responseStream = [] } = await logs.send(
            new StartLiveTailCommand({
              logGroupIdentifiers: [...arns],
              ...(pattern !== undefined && { logEventFilterPattern: pattern }),
            }),
            { abortSignal: signal },
          );
          for await (const { sessionUpdate, SessionStreamingException, SessionTimeoutException } of responseStream) {
            if (signal.aborted) return;
            if (SessionTimeoutException) break;
            if (SessionStreamingException) throw SessionStreamingException;
            for (const { logGroupIdentifier = "", timestamp = 0, message = "" } of sessionUpdate?.sessionResults ?? []) {
              const line = lineOf(logGroupIdentifier.slice(logGroupIdentifier.indexOf(prefix)), timestamp, message);
              if (isWanted(line, query)) onLine(line);
            }
          }
        }
      };
      const arns = groups.map(({ logGroupArn = "" }) => logGroupArn);
      const sessions = Array.from({ length: Math.ceil(arns.length / GROUPS_OF_SESSION) }, (_, i) =>
        follow(arns.slice(i * GROUPS_OF_SESSION, (i + 1) * GROUPS_OF_SESSION)),
      );
      await Promise.all(sessions).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    },

    async oldest(queues: readonly string[]): Promise<ReadonlyMap<string, number>> {
      const found = new Map<string, number>();
      const now = clock();
      for (let from = 0; from < queues.length; from += QUERIES_OF_CALL) {
        const asked = queues.slice(from, from + QUERIES_OF_CALL);
        const { MetricDataResults = [] } = await metrics.send(
          new GetMetricDataCommand({
            StartTime: new Date(now - 300_000),
            EndTime: new Date(now),
            ScanBy: "TimestampDescending",
            MetricDataQueries: asked.map((QueueName, i) => ({
              Id: `q${i}`,
              MetricStat: {
                Metric: {
                  Namespace: "AWS/SQS",
                  MetricName: "ApproximateAgeOfOldestMessage",
                  Dimensions: [{ Name: "QueueName", Value: QueueName }],
                },
                Period: 60,
                Stat: "Maximum",
              },
            })),
          }),
        );
        for (const { Id = "", Values: [newest] = [] } of MetricDataResults)
          if (newest !== undefined) found.set(asked[Number(Id.slice(1))] ?? "", newest);
      }
      return found;
    },

    async outcomes(table: string, flows: readonly string[]): Promise<ReadonlyMap<string, WindowOutcomes>> {
      const metricsOf = flows.flatMap((flow) => [METRIC.RequestsInTime, METRIC.RequestsLate].map((name) => ({ flow, name })));
      const longest = Math.max(...BURN_WINDOWS.map((window) => BURN_RATES[window].over)) * 1_000;
      const sums = new Map<string, number>();
      const now = clock();
      for (let from = 0; from < metricsOf.length; from += MINUTE_QUERIES_OF_CALL) {
        const asked = metricsOf.slice(from, from + MINUTE_QUERIES_OF_CALL);
        const { MetricDataResults = [] } = await metrics.send(
          new GetMetricDataCommand({
            StartTime: new Date(now - longest),
            EndTime: new Date(now),
            MetricDataQueries: asked.map(({ flow, name }, i) => ({
              Id: `q${i}`,
              MetricStat: {
                Metric: {
                  ...{ Namespace: NAMESPACE, MetricName: name },
                  Dimensions: [
                    { Name: DIMENSION, Value: table },
                    { Name: ABOUT.flow, Value: flow },
                  ],
                },
                ...{ Period: 60, Stat: "Sum" },
              },
            })),
          }),
        );
        for (const { Id = "", Timestamps = [], Values = [] } of MetricDataResults) {
          const { flow, name } = asked[Number(Id.slice(1))] ?? { flow: "", name: "" };
          Timestamps.forEach((at, i) => {
            for (const window of BURN_WINDOWS) {
              const key = `${flow} ${name} ${window}`;
              if (at.getTime() >= now - BURN_RATES[window].over * 1_000) sums.set(key, (sums.get(key) ?? 0) + (Values[i] ?? 0));
            }
          });
        }
      }
      const outcomes = (flow: string, window: BurnWindow): Outcomes => ({
        inTime: sums.get(`${flow} ${METRIC.RequestsInTime} ${window}`) ?? 0,
        late: sums.get(`${flow} ${METRIC.RequestsLate} ${window}`) ?? 0,
      });
      return new Map(flows.map((flow) => [flow, { fast: outcomes(flow, "fast"), slow: outcomes(flow, "slow") }]));
    },
  };
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
const LONGEST_PATTERN = 1_024;
const quoted = (text: string) => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;

/** @returns patterns that together match at least the wanted lines; `undefined` matches all */
function patternsOf(query: LogQuery): readonly (string | undefined)[] {
  const ids = [...(query.ids ?? []), ...(query.correlationId === undefined ? [] : [query.correlationId])];
  if (ids.length === 0) return [levelPattern(query)];
  const patterns: string[] = [];
  // Optional terms: an event matches that has any of them.
  for (const term of ids.map((id) => `?${quoted(id)}`)) {
    const last = patterns.at(-1);
    if (last === undefined || last.length + 1 + term.length > LONGEST_PATTERN) patterns.push(term);
    else patterns[patterns.length - 1] = `${last} ${term}`;
  }
  return patterns;
}

/** Lines of the access log have no level; Lambda's own have theirs in capitals, so that texts and numbers of both are named. */
function levelPattern({ level }: LogQuery): string | undefined {
  if (level === undefined || level === "debug") return undefined;
  const levels = levelsFrom(level).flatMap((one) => [one, one.toUpperCase()]);
  const ofLevel = levels.map((one) => `($.level = ${quoted(one)})`);
  // Statuses of the access log are texts.
  return `{ ${[...ofLevel, "($.httpMethod = *)"].join(" || ")} }`;
}
