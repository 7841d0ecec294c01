import * as pulumi from "@pulumi/pulumi";

// Pulumi's wire format marks secrets with these constants, which it does not export.
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/**
 * Converts a value in Pulumi's wire format to plain data: secrets unwrapped, assets as `{ path }` or `{ text }`, archives as
 * `{ path }` or `{ assets }`.
 */
export async function plain(value: unknown): Promise<unknown> {
  if (value instanceof pulumi.asset.AssetArchive) return { assets: await plain(await value.assets) };
  if (value instanceof pulumi.asset.FileArchive || value instanceof pulumi.asset.FileAsset) return { path: await value.path };
  if (value instanceof pulumi.asset.StringAsset) return { text: await value.text };
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  if (typeof value !== "object" || value === null) return value;
  if ((value as Record<string, unknown>)[SIGNATURE] === SECRET) return plain((value as { value?: unknown }).value);
  const entries = Object.entries(value).filter(([, held]) => typeof held !== "function");
  return Object.fromEntries(await Promise.all(entries.map(async ([key, held]) => [key, await plain(held)] as const)));
}
