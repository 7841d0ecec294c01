import { join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { bundleFlow, type FlowBundleOptions, placeOf } from "./bundle-flow.ts";
import { bundleHub, bundleRuntime } from "./bundle-runtime.ts";
import { assertLoads } from "./load-check.ts";
import { type StoredFiles, store } from "./store.ts";

/** The repository: paths in source maps are relative to it. */
const ROOT = resolve(import.meta.dirname, "../..");
const BUILD = join(ROOT, ".build");

const flows = new WeakMap<object, Promise<pulumi.asset.AssetArchive>>();

/** The code of a flow's functions, as an asset that is the same in all of them; made once for the same flow object. */
export function flowCode(options: Omit<FlowBundleOptions, "root">): Promise<pulumi.asset.AssetArchive> {
  const known = flows.get(options.flow);
  if (known) return known;
  const made = flowFiles(options).then(archive);
  flows.set(options.flow, made);
  return made;
}

async function flowFiles(options: Omit<FlowBundleOptions, "root">): Promise<StoredFiles> {
  const own = bundleFlow({ ...options, root: ROOT }).then((files) => store(BUILD, files));
  const files = { ...(await runtimeFiles()), ...(await own) };
  await assertLoads(placeOf(options.flow, ROOT), files, BUILD);
  return files;
}

let hub: Promise<pulumi.asset.AssetArchive> | undefined;
/** The code of the hub's own functions. */
export function hubCode(): Promise<pulumi.asset.AssetArchive> {
  hub ??= bundleHub(ROOT)
    .then((files) => store(BUILD, files))
    .then(archive);
  return hub;
}

let runtime: Promise<StoredFiles> | undefined;
/** Built once a process. */
function runtimeFiles(): Promise<StoredFiles> {
  runtime ??= bundleRuntime(ROOT).then((files) => store(BUILD, files));
  return runtime;
}

const archive = (files: StoredFiles) =>
  new pulumi.asset.AssetArchive(
    Object.fromEntries(Object.entries(files).map(([name, path]) => [name, new pulumi.asset.FileAsset(path)])),
  );
