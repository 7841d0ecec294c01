import { createRequire } from "node:module";

type Exports = Readonly<Record<PropertyKey, unknown>>;

/** What Pulumi's SDK loads to serialise the closure of a `CallbackFunction`: a fifth of the time of a recording, and hardly a program has one. */
const PACKAGES = ["@npmcli/arborist", "typescript"];

/**
 * Lets Pulumi's SDK load these packages when it first uses them. Import this before the SDK.
 * https://github.com/pulumi/pulumi/tree/master/sdk/nodejs/runtime/closure
 */
const sdk = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi"));
for (const name of PACKAGES) {
  const id = sdk.resolve(name);
  let loaded: Exports | undefined;
  const load = () => {
    if (!loaded) {
      delete sdk.cache[id];
      loaded = sdk(id) as Exports;
    }
    return loaded;
  };
  // Compiled modules ask for `__esModule` when they import it.
  const exports = new Proxy({}, { get: (_, key) => (key === "__esModule" ? true : load()[key]) });
  sdk.cache[id] = Object.assign(Object.create(null), { id, filename: id, loaded: true, children: [], paths: [], exports });
}
