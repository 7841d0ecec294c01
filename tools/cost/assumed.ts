import type { CountedResource } from "../../policy/quotas.ts";
import type { Assumptions } from "./variable.ts";

/** Milliseconds of an average run of a step, third parties included. */
export const STEP_MS = 100;

/**
 * What the figures of a stack assume.
 * @param resources the stack's, as recorded
 * @param values its settings, such as `hub:archiveDays`
 */
export function assumptionsOf(
  resources: readonly CountedResource[],
  values: Readonly<Record<string, string>>,
  stepMs = STEP_MS,
): Assumptions {
  const traces = JSON.parse(values["hub:traces"] ?? '{"share":0.05}') as { readonly share: number };
  return {
    stepMs,
    hubMs: 40,
    memoryMb: 256,
    traced: traces.share,
    waf: resources.some(({ type }) => type === "aws:wafv2/webAcl:WebAcl"),
    archiveDays: Number(values["hub:archiveDays"] ?? 30),
    logDays: Number(values["hub:logRetentionDays"] ?? 30),
  };
}
