import { isDeepStrictEqual } from "node:util";

// Pulumi's wire format: https://pulumi-developer-docs.readthedocs.io/latest/docs/architecture/types.html
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const WRAPPED = new Set(["1b47061264138c4ac30d75fd1eb44270" /* secret */, "d0e6a833031e9bbcd3f4e8bde6ca49a4" /* output */]);
const ASSETS = new Set(["c44067f5952c0a294b673a41bacd8c17" /* asset */, "0def7320c3a5731c473e5ecbe6d01bc7" /* archive */]);
/** Placeholder of an unknown value in a preview. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Normalises a value for comparison: without wrappers of secrets, and with hashes for assets. */
export function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== "object" || value === null) return value;
  const { [SIGNATURE]: signature, ...members } = value as Record<string, unknown>;
  if (typeof signature === "string" && WRAPPED.has(signature)) return "value" in members ? bare(members.value) : UNKNOWN;
  if (typeof signature === "string" && ASSETS.has(signature) && typeof members.hash === "string") return { hash: members.hash };
  return Object.fromEntries(Object.entries(members).map(([key, held]) => [key, bare(held)]));
}

export type Bag = Readonly<Record<string, unknown>>;

/** @returns members that differ; an unknown value always differs */
export const differing = (olds: Bag, news: Bag): readonly string[] =>
  [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
    (key) => JSON.stringify(bare(news[key]) ?? null).includes(UNKNOWN) || !isDeepStrictEqual(bare(olds[key]), bare(news[key])),
  );
