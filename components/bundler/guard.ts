import { isAbsolute, relative, sep } from "node:path";
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild, ResolveResult } from "esbuild";

/** Marks our own question to esbuild, so that it does not come back to us. */
const ASKED = Symbol("asked");

/** What the names of made-up entry modules start with. */
export const ENTRY = "hub:";

/** Folders of the hub's own whose code acts at deploy time, or on one machine. */
const OUT_OF_REACH = ["components", "emulator", "local"];

/** @param input relative to the repository, as esbuild's metafile names it */
export const isOutOfReach = (input: string): boolean =>
  OUT_OF_REACH.includes(input.split("/")[0] ?? "") || input.includes("node_modules/@pulumi/");

/** What esbuild reports for an import that a Lambda function can't have. */
export interface Offence {
  readonly fact: string;
  readonly remedy: string;
}

const PULUMI = /^@pulumi(\/|$)/;

/** Ends a build at an import of Pulumi, whose SDK and providers take seconds to bundle. The guard reports it, with the chain of imports. */
export const stopAtPulumi: Plugin = {
  name: "stop at Pulumi",
  setup(build) {
    build.onResolve({ filter: PULUMI }, ({ path }) => ({ errors: [{ text: `it imports ${path}` }] }));
  },
};

/** Refuses imports that can't run in a Lambda function while esbuild resolves them, and reports the chain of imports. */
export function guard(root: string): Plugin {
  return {
    name: "guard",
    setup(build) {
      const importers = new Map<string, string>();
      build.onResolve({ filter: /.*/ }, async ({ path, kind, importer, resolveDir, namespace, pluginData }) => {
        if (pluginData === ASKED || kind === "entry-point") return undefined;
        const chain = () => chainOf(root, importers, importer);
        if (PULUMI.test(path)) {
          return refuse(
            `it imports "${path}", which only runs while the hub is deployed${chain()}`,
            "Keep Pulumi out of the modules that handlers use",
          );
        }
        const found = await resolve(build, { path, kind, importer, resolveDir, namespace });
        if (found === undefined || found.errors.length > 0) {
          // A package may try to require another and do without it; esbuild knows which.
          if (kind === "require-call") return undefined;
          return refuse(`it imports "${path}", which is not there${chain()}`, missing(path));
        }
        const offence = found.external ? undefined : offenceOf(root, found.path, { path, kind }, chain);
        if (offence) return offence;
        if (!importers.has(found.path)) importers.set(found.path, importer);
        const { path: resolved, namespace: into, external, sideEffects, suffix, pluginData: data } = found;
        return { path: resolved, namespace: into, external, sideEffects, suffix, pluginData: data };
      });
    },
  };
}

type Question = Pick<OnResolveArgs, "path" | "kind" | "importer" | "resolveDir" | "namespace">;
async function resolve(build: PluginBuild, { path, kind, ...question }: Question): Promise<ResolveResult | undefined> {
  return kind === "entry-point" ? undefined : build.resolve(path, { ...question, kind, pluginData: ASKED });
}

function offenceOf(
  root: string,
  file: string,
  { path, kind }: Pick<OnResolveArgs, "path" | "kind">,
  chain: () => string,
): OnResolveResult | undefined {
  if (file.endsWith(".node") && kind !== "require-call") {
    return refuse(
      `it imports "${path}", a native module that is built for this machine and not for Lambda${chain()}`,
      "Use a package without native code",
    );
  }
  const [folder = ""] = relative(root, file).split(sep);
  if (!OUT_OF_REACH.includes(folder)) return undefined;
  return refuse(
    `it imports "${path}" of ${folder}/, which does not run in a Lambda function${chain()}`,
    "Move what both need into a module of its own, in events/ or beside the flow",
  );
}

const refuse = (fact: string, remedy: string): OnResolveResult => ({
  errors: [{ text: fact, detail: { fact, remedy } satisfies Offence }],
});

function missing(path: string): string {
  if (/^[./]/.test(path)) return "Mend the path";
  const parts = path.split("/").slice(0, path.startsWith("@") ? 2 : 1);
  return `Mend the path, or install the package (npm install ${parts.join("/")})`;
}

/** ` (flows/a.ts -> lib/b.ts)`, from the flow's file to the one that holds the import. */
function chainOf(root: string, importers: ReadonlyMap<string, string>, last: string): string {
  const chain: string[] = [];
  for (let file: string | undefined = last; file && isAbsolute(file) && !chain.includes(file); file = importers.get(file))
    chain.unshift(file);
  return chain.length > 0 ? ` (${chain.map((file) => relative(root, file)).join(" -> ")})` : "";
}
