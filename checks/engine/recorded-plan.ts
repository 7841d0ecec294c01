import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import type { RecordedResource, Recording } from "../../local/recording.ts";
import type { Operation, Plan } from "./changes.ts";

/** Kinds that AWS can't change in place, as far as the program changes them. */
const REPLACED = new Set(["aws:apigateway/deployment:Deployment"]);

/**
 * What would be done to get from one recording to the next, if only inputs counted. A replaced resource has other outputs, which a
 * recording can't know: those that name it in their inputs are changed, too.
 */
export function planBetween(before: Recording, after: Recording): Plan {
  const old = new Map(custom(before).map((resource) => [resource.urn, resource]));
  const now = new Map(custom(after).map((resource) => [resource.urn, resource]));
  const plan = new Map<string, Operation>();
  for (const urn of old.keys()) if (!now.has(urn)) plan.set(urn, "delete");
  const renewed = new Set<string>();
  for (const [urn, resource] of now) {
    const was = old.get(urn);
    const names = Object.values(resource.inputs).some((value) => typeof value === "string" && renewed.has(value));
    if (!was) plan.set(urn, "create");
    else if (names || !isDeepStrictEqual(withHashes(was.inputs), withHashes(resource.inputs))) {
      plan.set(urn, REPLACED.has(resource.type) ? "replace" : "update");
      if (REPLACED.has(resource.type)) renewed.add(String(resource.outputs.id));
    }
  }
  return plan;
}

/** The recording with each asset's path replaced by a hash of what is in it, as Pulumi compares assets. */
export const hashed = (recording: Recording): Recording => ({
  ...recording,
  resources: recording.resources.map((resource) => ({
    ...resource,
    inputs: withHashes(resource.inputs) as RecordedResource["inputs"],
  })),
});

const custom = ({ resources }: Recording) => resources.filter((resource) => resource.custom);

function withHashes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withHashes);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [[key, path] = []] = entries;
  if (entries.length === 1 && key === "path" && typeof path === "string")
    return { hash: createHash("sha256").update(readFileSync(path)).digest("hex") };
  return Object.fromEntries(entries.map(([name, held]) => [name, withHashes(held)]));
}
