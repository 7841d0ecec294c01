/** Archives of the bus, from which events are sent again. */
export interface Replays {
  /** @param ruleArns the only rules that see the events again; times in ms since the epoch, whole seconds */
  start(replay: {
    readonly name: string;
    readonly from: number;
    readonly to: number;
    readonly ruleArns: readonly string[];
  }): Promise<void>;
  /** @returns `undefined` when there is none of this name */
  find(name: string): Promise<{ readonly name: string; readonly state: string; readonly reason: string } | undefined>;
}
