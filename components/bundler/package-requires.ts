import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Plugin } from "esbuild";

const DECLARED = /\b(?:const|let|var)\s+([\w$]+)\s*=\s*(?:[\w$]+\.)?createRequire\(\s*import\.meta\.url\s*\)/;

/**
 * An ES module of a package may make a `require` of its own, as pdfkit does for its fonts. esbuild leaves its calls to run time, where the
 * bundle has neither a `node_modules` nor the package's `imports`. This makes those with a fixed name calls of esbuild's `require`, so that
 * the bundle holds what they ask for. What can't be found stays as it is: a package may do without it.
 */
export const packageRequires: Plugin = {
  name: "requires of packages",
  setup(build) {
    build.onLoad({ filter: /[\\/]node_modules[\\/].*\.m?js$/ }, async ({ path }) => {
      const text = readFileSync(path, "utf8");
      const [declaration = "", name = ""] = DECLARED.exec(text) ?? [];
      if (name === "") return undefined;
      const calls = new RegExp(`(?<![\\w$.])${name.replaceAll("$", "\\$")}\\((["'])([^"'\\n]+)\\1\\)`, "g");
      const found = new Set<string>();
      for (const specifier of new Set([...text.matchAll(calls)].map(([, , asked = ""]) => asked))) {
        const resolveDir = dirname(path);
        const { errors } = await build.resolve(specifier, { kind: "require-call", importer: path, resolveDir });
        if (errors.length === 0) found.add(specifier);
      }
      const contents = text
        .replace(declaration, () => (name === "require" ? declaration.replace(/\brequire\b/, "ownRequire") : declaration))
        .replace(calls, (call, quote: string, specifier: string) =>
          found.has(specifier)
            ? `require(${quote}${specifier}${quote})`
            : name === "require"
              ? call.replace("require", "ownRequire")
              : call,
        );
      return { contents, loader: "js" };
    });
  },
};

/** True where an output may hold such a `require`. */
export const hasOwnRequire = (output: string): boolean => /\bcreateRequire\b/.test(output);
