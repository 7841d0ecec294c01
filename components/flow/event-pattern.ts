import {
  type AnyEvent,
  type AnyStep,
  awaitedBy,
  type Flow,
  isImported,
  namesOf,
  SOURCE_PREFIX,
  sourceOf,
} from "../../model/index.ts";

/**
 * Events that are under way when a flow or a step is renamed bear its former name. Of a renamed event, all names match.
 * @returns EventBridge's pattern of what a step waits for: its own flow's events, imported events of whichever flow, and being asked by the
 * ledger to undo what it did, if it can.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function eventPattern(flow: Flow, name: string, step: AnyStep): object {
  const named = (imported: boolean) =>
    awaitedBy(step)
      .filter(({ type }: AnyEvent) => isImported(flow, type) === imported)
      .flatMap(namesOf);
  const [own, imported] = [named(false), named(true)];
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
