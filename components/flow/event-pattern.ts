import { type AnyStep, awaitedBy, type Flow, isImported, SOURCE_PREFIX, sourceOf } from "../../model/index.ts";

/**
 * Events that are under way when a flow or a step is renamed bear its former name.
 * @returns EventBridge's pattern of what a step waits for: its own flow's events, imported events of whichever flow, and being asked by the
 * ledger to undo what it did, if it can.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function eventPattern(flow: Flow, name: string, step: AnyStep): object {
  const names = awaitedBy(step).map(({ type }) => type);
  const imported = names.filter((name) => isImported(flow, name));
  const own = names.filter((name) => !imported.includes(name));
  const source = [flow.name, ...(flow.formerly ?? [])].map(sourceOf);
  const ownPattern = { source, "detail-type": own };
  const importedPattern = { source: [{ prefix: SOURCE_PREFIX }], "detail-type": imported };
  const data = { step: [name, ...(step.formerly ?? [])] };
  const undoPattern = { source, "detail-type": ["CompensateStep"], detail: { data } };
  const patterns: readonly object[] = [
    ...(own.length > 0 ? [ownPattern] : []),
    ...(imported.length > 0 ? [importedPattern] : []),
    ...(step.compensate ? [undoPattern] : []),
  ];
  const [only] = patterns;
  return patterns.length === 1 && only ? only : { $or: patterns };
}
