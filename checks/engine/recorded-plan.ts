import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import type { RecordedResource, Recording } from "../../local/recording.ts";
import type { Operation, Plan } from "./changes.ts";

/** Resource types that AWS can't change in place and that the tests change. */
const REPLACED = new Set(["aws:apigateway/deployment:Deployment"]);

/**
 * Operations from one recording to the next, judged by inputs. A recording does not know the new outputs of a replaced resource, so
 * resources that refer to it count as changed, too.
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

/** Replaces each asset's path by a hash of its content, because Pulumi compares assets by content. */
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
