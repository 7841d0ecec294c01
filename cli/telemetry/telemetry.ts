import type { LogLine, LogQuery } from "../../protocol/logs.ts";
import type { WindowOutcomes } from "../../protocol/slo.ts";

/** When the lines were logged, ms since the epoch. */
interface Period {
  readonly from: number;
  readonly to: number;
}

/** What a hub says beside its API: of the hub on this machine by its console, of a stack on AWS by CloudWatch with the caller's credentials. */
export interface Telemetry {
  /** The newest wanted lines, the oldest of them first. @param period which AWS reads; the hub on this machine reads all that it keeps */
  logs(query: LogQuery, period: Period): Promise<readonly LogLine[]>;
  /** Calls back for each wanted line from now on, until the signal aborts. @throws CliError when the connection ends before */
  tail(query: LogQuery, onLine: (line: LogLine) => void, signal: AbortSignal): Promise<void>;
  /** Seconds that the oldest message of each queue has waited, by the queue's name; none where that is not known. */
  oldest(queues: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Requests of the windows in which the alarms look for late ones, by flow. @param table name of the hub's state table */
  outcomes(table: string, flows: readonly string[]): Promise<ReadonlyMap<string, WindowOutcomes>>;
}
