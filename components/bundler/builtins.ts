import { builtinModules } from "node:module";
import type { Plugin } from "esbuild";

/** Namespace of Node's modules among the inputs of a build. */
export const BUILTIN = "builtin";

/** The banner imports node:module. */
const NAMES: ReadonlySet<string> = new Set(builtinModules.filter((name) => name !== "module"));

/**
 * Gets Node's own modules as CommonJS packages do. An `import` of one reads each of its exports, and so loads what the module would load when
 * it is used: node:http all of undici, node:crypto Web Crypto. https://nodejs.org/api/process.html#processgetbuiltinmoduleid
 */
export const builtins: Plugin = {
  name: "built-in modules",
  setup(build) {
    build.onResolve({ filter: /^(node:)?[a-z_]+(\/[a-z_]+)?$/ }, ({ path, kind }) => {
      const name = path.replace(/^node:/, "");
      const isImport = kind === "import-statement" || kind === "dynamic-import";
      return isImport && NAMES.has(name) ? { path: name, namespace: BUILTIN, sideEffects: false } : undefined;
    });
    build.onLoad({ filter: /.*/, namespace: BUILTIN }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
      loader: "js",
    }));
  },
};
