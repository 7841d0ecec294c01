import { join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { BuildCache } from "./build-cache.ts";
import { bundleFlow, type FlowBundleOptions, placeOf } from "./bundle-flow.ts";
import { bundleHub, bundleRuntime, runtimeNeeds } from "./bundle-runtime.ts";
import { assertLoads, startLoader } from "./load-check.ts";
import { type StoredFiles, store } from "./store.ts";

/** The repository: paths in source maps are relative to it. */
const ROOT = resolve(import.meta.dirname, "../..");
const BUILD = join(ROOT, ".build");
/** Removed with the installed packages. Copies of the repository that share these share what was built and loaded, too. */
const CACHE = join(ROOT, "node_modules", ".cache", "hub");
const cache = new BuildCache(join(CACHE, "bundles"));

type FlowCodeOptions = Omit<FlowBundleOptions, "root" | "cache" | "mapped" | "onBuild">;

const flows = new WeakMap<object, Promise<pulumi.asset.AssetArchive>>();

/** The code of a flow's functions, as an asset that is the same in all of them; made once for the same flow object. */
export function flowCode(options: FlowCodeOptions): Promise<pulumi.asset.AssetArchive> {
  const known = flows.get(options.flow);
  if (known) return known;
  const made = flowFiles(options).then(archive);
  flows.set(options.flow, made);
  return made;
}

async function flowFiles(options: FlowCodeOptions): Promise<StoredFiles> {
  const files = await filesOf(options, "author");
  await assertLoads(placeOf(options.flow, ROOT), files, join(CACHE, "loaded"), () => filesOf(options, "all"));
  return files;
}

async function filesOf(options: FlowCodeOptions, mapped: "author" | "all"): Promise<StoredFiles> {
  const own = bundleFlow({ ...options, root: ROOT, cache, mapped, onBuild: startLoader }).then((files) => store(BUILD, files));
  return { ...(await runtimeFiles(options.flow)), ...(await own) };
}

let hub: Promise<pulumi.asset.AssetArchive> | undefined;
/** The code of the hub's own functions. */
export function hubCode(): Promise<pulumi.asset.AssetArchive> {
  hub ??= bundleHub(ROOT, cache)
    .then((files) => store(BUILD, files))
    .then(archive);
  return hub;
}

const runtimes = new Map<string, Promise<StoredFiles>>();
/** Built once a process for all flows with the same needs. */
function runtimeFiles(flow: FlowCodeOptions["flow"]): Promise<StoredFiles> {
  const needed = JSON.stringify(runtimeNeeds(flow));
  const known = runtimes.get(needed);
  if (known) return known;
  const made = bundleRuntime(ROOT, flow, cache).then((files) => store(BUILD, files));
  runtimes.set(needed, made);
  return made;
}

const archive = (files: StoredFiles) =>
  new pulumi.asset.AssetArchive(
    Object.fromEntries(Object.entries(files).map(([name, path]) => [name, new pulumi.asset.FileAsset(path)])),
  );
