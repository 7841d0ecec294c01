import { type AnyStep, awaitedBy, type Flow, isImported, SOURCE_PREFIX, sourceOf } from "../model/index.ts";

/**
 * Events that are under way when a flow is renamed come from its former name.
 * @returns EventBridge's pattern of what a step waits for: its own flow's events, and imported events of whichever flow.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function eventPattern(flow: Flow, step: AnyStep): object {
  const names = awaitedBy(step).map(({ type }) => type);
  const imported = names.filter((name) => isImported(flow, name));
  const own = names.filter((name) => !imported.includes(name));
  const ownPattern = { source: [flow.name, ...(flow.formerly ?? [])].map(sourceOf), "detail-type": own };
  const importedPattern = { source: [{ prefix: SOURCE_PREFIX }], "detail-type": imported };
  if (imported.length === 0) return ownPattern;
  return own.length === 0 ? importedPattern : { $or: [ownPattern, importedPattern] };
}
