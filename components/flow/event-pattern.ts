import {
  type AnyStep,
  type Awaited,
  awaitsOf,
  type Flow,
  isImported,
  namesOf,
  patternOf,
  SOURCE_PREFIX,
  sourceOf,
} from "../../model/index.ts";
import { HUB_EVENT } from "../../protocol/reports.ts";

/**
 * Events that are under way when a flow or a step is renamed bear its former name. Of a renamed event, all names match. A filter holds for
 * events of its version; those of another one reach the step, which lifts them or keeps them as dead letters.
 * @returns EventBridge's pattern of what a step waits for: its own flow's events, imported events of whichever flow, and being asked by the
 * ledger to undo what it did, if it can.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function eventPattern(flow: Flow, name: string, step: AnyStep): object {
  const source = [flow.name, ...(flow.formerly ?? [])].map(sourceOf);
  const patternsOf = (imported: boolean, source: readonly unknown[]): readonly object[] => {
    const awaited = awaitsOf(step).filter(({ type }: Awaited) => isImported(flow, type) === imported);
    const whole = awaited.filter((one) => !patternOf(one));
    return [
      ...(whole.length > 0 ? [{ source, "detail-type": whole.flatMap(namesOf) }] : []),
      ...awaited.flatMap((one) => {
        const data = patternOf(one);
        if (!data) return [];
        const version = (test: object) => ({ metadata: { version: [test] } });
        const detail = {
          $or: [{ ...version({ numeric: ["=", one.version] }), data }, version({ "anything-but": [one.version] })],
        };
        return [{ source, "detail-type": namesOf(one), detail }];
      }),
    ];
  };
  const data = { step: [name, ...(step.formerly ?? [])] };
  const undoPattern = { source, "detail-type": [HUB_EVENT.CompensateStep], detail: { data } };
  const patterns: readonly object[] = [
    ...patternsOf(false, source),
    ...patternsOf(true, [{ prefix: SOURCE_PREFIX }]),
    ...(step.compensate ? [undoPattern] : []),
  ];
  const [only] = patterns;
  return patterns.length === 1 && only ? only : { $or: patterns };
}
