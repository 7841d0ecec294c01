import { signsTokens } from "../../model/auth.ts";
import { adaptersOf, type Flow, type Trigger } from "../../model/index.ts";
import { HANDLER_FILE, JWT_FILE, RUNTIME_FILE, SCHEMAS_FILE, TRACES_FILE } from "../../protocol/handlers.ts";
import { build } from "./build.ts";
import type { BuildCache } from "./build-cache.ts";
import type { BundleFile } from "./store.ts";

/** Kind of trigger -> export of runtime/index.ts that makes its function. The other kinds have no function. */
export const TRIGGER_SERVERS: Readonly<Partial<Record<Trigger["kind"], string>>> = {
  webhook: "serveWebhook",
  sync: "serveSync",
  poll: "servePoll",
};

/** A flow without adapters makes no clients. */
const NO_CALLS = { "/third-party/clients.ts": "runtime/third-party/no-clients.ts" };

type Parts = Pick<Flow, "steps" | "triggers">;

/** What a flow's functions need of the runtime: flows with the same needs share the code. */
export const runtimeNeeds = (flow: Parts) => ({
  /** Exports of runtime/index.ts, sorted. */
  exports: [
    ...new Set([
      "validatorsOf",
      ...(Object.keys(flow.steps).length > 0 ? ["serveStep"] : []),
      ...Object.values(flow.triggers).flatMap(({ kind }) => TRIGGER_SERVERS[kind] ?? []),
    ]),
  ].sort(),
  /** It calls third parties. */
  calls: adaptersOf(flow).length > 0,
  /** A third party takes signed JWTs. */
  jwt: adaptersOf(flow).some(({ auth }) => signsTokens(auth)),
});

/** The parts of runtime/index.ts that the flow's functions need: `runtime.mjs`, with `traces.mjs` and where needed `jwt.mjs`. */
export async function bundleRuntime(root: string, flow: Parts, cache?: BuildCache): Promise<readonly BundleFile[]> {
  const { exports, calls, jwt } = runtimeNeeds(flow);
  const [files, signing] = await Promise.all([
    bundleFiles(root, "index.ts", RUNTIME_FILE, cache, { exports: `{ ${exports.join(", ")} }`, instead: calls ? {} : NO_CALLS }),
    jwt ? bundleFile(root, `third-party/${SIGNING}`, JWT_FILE, false, cache) : [],
  ]);
  return [...files, ...signing];
}

/** The code of the hub's own functions: `index.mjs` with their handlers, from runtime/hub.ts, with `traces.mjs` and `schemas.mjs`. */
export const bundleHub = async (root: string, cache?: BuildCache): Promise<readonly BundleFile[]> =>
  (
    await Promise.all([
      bundleFiles(root, "hub.ts", HANDLER_FILE, cache),
      bundleFile(root, `functions/ops/${FAULTS}`, SCHEMAS_FILE, true, cache),
    ])
  ).flat();

/** Module that makes and sends spans. */
const SPANS = "span-makers.ts";
/** Module that signs JWTs. */
const SIGNING = "signed-jwt.ts";
/** Module that holds payloads against JSON Schemas. */
const FAULTS = "schema-faults.ts";

const bundleFiles = async (root: string, file: string, name: string, cache: BuildCache | undefined, part: Part = {}) =>
  (
    await Promise.all([
      bundleFile(root, file, name, true, cache, part),
      bundleFile(root, `tracing/${SPANS}`, TRACES_FILE, false, cache),
    ])
  ).flat();

/** Packages, and what takes their place in a function. */
export const ALIASES = {
  "@dabh/diagnostics": "./runtime/logging/no-diagnostics.cjs",
  "async/forEach": "./runtime/logging/for-each.cjs",
  logform: "./runtime/logging/no-formats.cjs",
  "logform/json": "./runtime/logging/no-formats.cjs",
  // Node's own streams, of which the package is a copy for other places.
  "readable-stream": "node:stream",
  "readable-stream/lib/_stream_writable.js": "./runtime/logging/writable.cjs",
  "winston-transport": "winston-transport/modern",
  "winston-transport/legacy": "./runtime/logging/unused.cjs",
};

/** Modules of winston for errors that nothing catches; the logger makes one of each, and calls neither. */
const UNUSED = {
  "/exception-handler": "runtime/logging/unused.cjs",
  "/rejection-handler": "runtime/logging/unused.cjs",
};

/** Part of a module that is bundled. */
interface Part {
  /** As an `export` declaration has them. @default "*" */
  readonly exports?: string;
  readonly instead?: Readonly<Record<string, string>>;
}

const bundleFile = (
  root: string,
  file: string,
  name: string,
  needsRequire: boolean,
  cache: BuildCache | undefined,
  { exports = "*", instead = {} }: Part = {},
) =>
  build({
    root,
    where: `runtime/${file}`,
    name,
    entry: `export ${exports} from "./runtime/${file}";`,
    needsRequire,
    beside: { [SPANS]: TRACES_FILE, [FAULTS]: SCHEMAS_FILE, [SIGNING]: JWT_FILE },
    alias: ALIASES,
    instead: { ...UNUSED, ...instead },
    ...(cache && { cache }),
  });
