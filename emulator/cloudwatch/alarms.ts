import type { Clock } from "../clock.ts";
import { evaluate, evaluationRange, type Rule, type State } from "./evaluate.ts";
import type { Metrics, Series } from "./metrics.ts";
import type { Watched } from "./watched.ts";

/**
 * A metric alarm as the recorded `aws:cloudwatch/metricAlarm:MetricAlarm` declares it.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
export interface AlarmSpec extends Rule {
  readonly name: string;
  readonly description: string;
  /** The metric or the expression that it watches. */
  readonly watched: Watched;
  /**
   * Minutes after its creation, here after each start, in which the alarm waits for data: it ends as soon as there are enough to fill the
   * evaluation periods. @default 0
   */
  readonly warmUpMinutes?: number | undefined;
}
export interface AlarmState extends Pick<Rule, "comparison" | "threshold"> {
  readonly name: string;
  readonly description: string;
  readonly state: State;
  /** Value of the newest period; `null` while it has none. */
  readonly value: number | null;
  /** Names of the metrics that it watches. */
  readonly metrics: readonly string[];
  /** When it got into this state: ms since the epoch, by the hub's clock. */
  readonly since: number;
}
interface Kept {
  readonly spec: AlarmSpec;
  readonly madeAt: number;
  state: State;
  since: number;
}

const MINUTE_MS = 60_000;

/** Evaluates metric alarms each minute, and whenever their states are asked for. Alarm actions are not performed. */
export class Alarms {
  readonly #metrics: Metrics;
  readonly #clock: Clock;
  readonly #sample: (watched: Watched) => void;
  readonly #alarms = new Map<string, Kept>();
  readonly #stop = new AbortController();
  readonly #ticking: Promise<void>;

  /** @param sample measures what AWS measures each minute, before a metric is read */
  constructor(metrics: Metrics, clock: Clock, sample: (watched: Watched) => void = () => {}) {
    this.#metrics = metrics;
    this.#clock = clock;
    this.#sample = sample;
    this.#ticking = this.#tick();
  }

  /** Creates or replaces an alarm. It begins in INSUFFICIENT_DATA. */
  put(id: string, spec: AlarmSpec): void {
    const now = this.#clock.now();
    this.#metrics.keep(evaluationRange(spec.evaluationPeriods) * spec.watched.period);
    this.#alarms.set(id, { spec, madeAt: now, state: "INSUFFICIENT_DATA", since: now });
  }

  remove(id: string): void {
    this.#alarms.delete(id);
  }

  /** The state of all alarms now. */
  states(): readonly AlarmState[] {
    for (const { spec } of this.#alarms.values()) this.#sample(spec.watched);
    return [...this.#alarms.values()].map((kept) => {
      const { spec } = kept;
      const series = spec.watched.read(this.#metrics, evaluationRange(spec.evaluationPeriods));
      const state = this.#isWarmingUp(kept, series) ? "INSUFFICIENT_DATA" : evaluate(series, spec, kept.state);
      if (state !== kept.state) Object.assign(kept, { state, since: this.#clock.now() });
      const { name, description, watched, comparison, threshold } = spec;
      const value = series.at(-1) ?? null;
      return { name, description, comparison, threshold, state, value, metrics: watched.names, since: kept.since };
    });
  }

  /** Ends the evaluation. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ticking;
  }

  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-warm-up.html */
  #isWarmingUp({ spec, madeAt }: Kept, series: Series): boolean {
    const points = series.filter((point) => point !== undefined).length;
    return points < spec.evaluationPeriods && this.#clock.now() < madeAt + (spec.warmUpMinutes ?? 0) * MINUTE_MS;
  }

  async #tick() {
    const { signal } = this.#stop;
    for (;;) {
      await this.#clock.wait(MINUTE_MS, signal);
      if (signal.aborted) return;
      this.states();
    }
  }
}
