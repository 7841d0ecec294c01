import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { BuildCache } from "../../../components/bundler/build-cache.ts";
import { bundleFlow } from "../../../components/bundler/bundle-flow.ts";
import { store } from "../../../components/bundler/store.ts";
import type { Flow } from "../../../model/index.ts";
import type { SyncValidators, Validators } from "../../../runtime/validators.ts";

export const ROOT = resolve(import.meta.dirname, "../../..");

/** As the program has it, for tests that are not about how a bundle is made. */
export const CACHE = new BuildCache(join(ROOT, "node_modules/.cache/hub/bundles"));

/** What a bundled flow exports with the runtime of these tests: what `serveStep` was given. */
export interface Served {
  readonly flow: Flow;
  readonly name: string;
  readonly validators: Validators & SyncValidators;
}

const RUNTIME = `
export const serveStep = (flow, name, validators) => ({ flow, name, validators });
export const serveWebhook = serveStep;
export const serveSync = serveStep;
export { validatorsOf } from ${JSON.stringify(pathToFileURL(join(ROOT, "runtime/validators.ts")).href)};
`;

/** A folder for flow files inside the repository, where they find the model as files in flows/ do. */
export function workplace() {
  mkdirSync(join(ROOT, ".build"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, ".build", "test-"));
  const write = (file: string, text: string): string => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
    return pathToFileURL(join(folder, file)).href;
  };
  return {
    folder,
    write,
    /** @returns what a module of the folder exports by default. */
    load: async (file: string): Promise<unknown> => ((await import(join(folder, file))) as { default?: unknown }).default,
    /** Bundles a flow, and imports what comes out with a runtime that only shows what it is given. */
    async serve(flow: Flow, source: unknown = flow, params?: unknown): Promise<Record<string, Served>> {
      const files = await bundleFlow({ flow, source, params, root: ROOT });
      const stored = await store(join(folder, "out"), [...files, { name: "runtime.mjs", contents: Buffer.from(RUNTIME) }]);
      return (await import(stored["index.mjs"] ?? "")) as Record<string, Served>;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
export type Workplace = ReturnType<typeof workplace>;

/** The text of a flow file with one step. */
export const flowFile = (
  options: { readonly imports?: string; readonly before?: string; readonly body?: string; readonly end?: string } = {},
): string => `
${options.imports ?? ""}
import * as z from "zod";
import { event, flow, step, api } from "../../model/index.ts";
${options.before ?? ""}
const Asked = event("Asked", z.object({ id: z.string() }));
${options.end ?? "export default"} flow("asking", {
  summary: "A flow.", owner: "tests", source: import.meta.url,
  triggers: { ask: api("POST /asks", { emits: Asked }) },
  steps: { answer: step({ on: Asked, emits: [], handler: ({ id }) => { ${options.body ?? ""}; return []; } }) },
});
`;
