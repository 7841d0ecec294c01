import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { build } from "../../../components/bundler/build.ts";
import { bundleFlow } from "../../../components/bundler/bundle-flow.ts";
import { bundleRuntime } from "../../../components/bundler/bundle-runtime.ts";
import { assertLoads } from "../../../components/bundler/load-check.ts";
import { store } from "../../../components/bundler/store.ts";
import type { Flow } from "../../../model/index.ts";
import { HANDLER_FILE } from "../../../protocol/handlers.ts";
import { CACHE, flowFile, ROOT, type Workplace, workplace } from "./workplace.ts";

describe("bundler / a bundle is loaded as Lambda loads it", () => {
  let place: Workplace;
  beforeEach(() => {
    place = workplace();
  });
  afterEach(() => place.remove());

  /** Code of a flow whose module has this text before it. */
  async function codeOf(before: string, options = "") {
    place.write("a.ts", flowFile({ before }).replace('owner: "tests",', `owner: "tests", ${options}`));
    const flow = (await place.load("a.ts")) as Flow;
    const made = async (mapped: "author" | "all") =>
      store(join(place.folder, "out"), [
        ...(await bundleFlow({ flow, source: flow, root: ROOT, mapped })),
        ...(await bundleRuntime(ROOT, flow, CACHE)),
      ]);
    return { files: await made("author"), mapped: () => made("all") };
  }
  const problemOf = ({ files, mapped }: Awaited<ReturnType<typeof codeOf>>) =>
    assertLoads("flow asking", files, place.folder, mapped).then(
      () => "",
      ({ message }: Error) => message,
    );
  /** A CommonJS package that the flow can import. */
  const pack = (name: string, text: string) => {
    place.write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: "1.0.0", main: "index.js" }));
    place.write(`node_modules/${name}/index.js`, text);
  };

  /** Code that imports the package and nothing else. */
  async function codeWith(name: string) {
    place.write("b.js", `export { default } from "${name}";`);
    const entry = `import part from "./${relative(ROOT, place.folder)}/b.js"; console.error(part);`;
    const made = async (mapped: "author" | "all") =>
      store(join(place.folder, "out"), await build({ root: ROOT, where: "flow asking", name: HANDLER_FILE, entry, mapped }));
    return { files: await made("author"), mapped: () => made("all") };
  }

  it("takes a sound one, and loads the same bytes once", async () => {
    const code = await codeOf("");
    expect(await problemOf(code)).to.equal("");
    const again = { files: { ...code.files }, mapped: () => expect.fail("the map of all sources was made") };
    expect(await problemOf(again)).to.equal("");
  });

  describe("of files that are made here", () => {
    /** A flow's own code, beside a runtime that is stored by itself, as that of the flows is. */
    const problemBeside = async (runtime: string, own: string) => {
      const stored = await Promise.all(
        [
          { name: "runtime.mjs", contents: Buffer.from(runtime) },
          { name: HANDLER_FILE, contents: Buffer.from(own) },
        ].map((file) => store(join(place.folder, "out"), [file])),
      );
      return problemOf({ files: Object.assign({}, ...stored), mapped: () => expect.fail("it is loaded") });
    };

    it("loads a runtime once for several flows", async () => {
      const runtime = "globalThis.runtimes = (globalThis.runtimes ?? 0) + 1; export const { runtimes } = globalThis;";
      for (const flow of ["a", "b"]) {
        const own = `import { runtimes } from "./runtime.mjs"; if (runtimes !== 1) throw new Error("${flow}: " + runtimes);`;
        expect(await problemBeside(runtime, own)).to.equal("");
      }
    });

    it("has neither the flow's files beside a runtime, nor those of another flow beside the flow", async () => {
      const names = (path: string) => `readdirSync(new URL("${path}", import.meta.url)).sort().join()`;
      const runtime = `import { readdirSync } from "node:fs"; export const beside = ${names(".")};`;
      const own = `import { readdirSync } from "node:fs"; import { beside } from "./runtime.mjs";
        if (beside !== "runtime.mjs") throw new Error(beside);
        if (${names(".")} !== "index.mjs,runtime.mjs") throw new Error(${names(".")});`;
      expect(await problemBeside(runtime, own)).to.equal("");
    });

    it("begins a process anew after fifty, whose modules Node never frees", async () => {
      const counted = (flow: number) =>
        `globalThis.flows = (globalThis.flows ?? 0) + 1; if (globalThis.flows > 50) throw new Error("${flow}: " + globalThis.flows);`;
      const problems: string[] = [];
      for (let flow = 0; flow < 60; flow += 1) problems.push(await problemBeside("", counted(flow)));
      expect(problems.filter((problem) => problem !== "")).to.deep.equal([]);
    });
  });

  it("does not blame a bundle for the one before it, which ends the process later", async () => {
    const fatal = 'if (process.env.AWS_LAMBDA_FUNCTION_NAME) setTimeout(() => { throw new Error("later"); }, 20);';
    expect(await problemOf(await codeOf(fatal))).to.equal("");
    const busy = "if (process.env.AWS_LAMBDA_FUNCTION_NAME) await new Promise((resolve) => setTimeout(resolve, 200));";
    expect(await problemOf(await codeOf(busy))).to.equal("");
  });

  it("leaves optional native code out, as ssh2 has it", async () => {
    place.write("node_modules/quick/build/fast.node", "not for this machine");
    pack(
      "quick",
      'let fast; try { fast = require("./build/fast.node"); } catch {} try { require("not-installed-here"); } catch {} module.exports = () => fast ?? "slow";',
    );
    expect(await problemOf(await codeWith("quick"))).to.equal("");
  });

  it("refuses native code that a package can't do without, by name", async () => {
    place.write("node_modules/crypt/build/crypt.node", "not for this machine");
    pack("crypt", 'module.exports = require("./build/crypt.node");');
    const problem = await problemOf(await codeWith("crypt"));
    expect(problem).to.match(/^BUNDLE, flow asking: it can't be loaded as Lambda loads it.*crypt: .*crypt\.node/);
    expect(problem).to.include("Use a package without it.");
  });

  it("holds what an ES module requires by a require of its own, by the `imports` of its package, as pdfkit does", async () => {
    const name = "letters";
    const imports = { "#fonts/*": "./fonts/*.cjs" };
    const json = { name, version: "1.0.0", type: "module", exports: "./index.js", imports };
    place.write(`node_modules/${name}/package.json`, JSON.stringify(json));
    place.write(`node_modules/${name}/fonts/Plain.cjs`, 'module.exports = "plain";');
    for (const own of ["require$1", "require"]) {
      place.write(
        `node_modules/${name}/index.js`,
        `import { createRequire } from "module";
const ${own} = createRequire(import.meta.url);
const fonts = { plain: () => ${own}("#fonts/Plain"), none: () => ${own}("not-installed-here") };
let without = "";
try { fonts.none(); } catch (error) { without = error.code; }
if (fonts.plain() !== "plain" || without !== "MODULE_NOT_FOUND") throw new Error(without);
export default fonts;`,
      );
      expect(await problemOf(await codeWith(name)), own).to.equal("");
    }
  });

  it("refuses native code that a package looks for beside itself, as bcrypt does, and by the platform, as sharp does", async () => {
    pack("node-gyp-build", 'module.exports = (folder) => { throw new Error("No native build was found in " + folder); };');
    pack("hashes", 'module.exports = require("node-gyp-build")(require("node:path").resolve(__dirname));');
    expect(await problemOf(await codeWith("hashes"))).to.match(/: hashes: No native build.*needs native code/);
    pack(
      "pictures",
      `const paths = ["../build/pictures.node", "@pictures/" + process.platform + "-" + process.arch + "/pictures.node"];
let made;
for (const path of paths) { try { made = require(path); break; } catch {} }
if (!made) throw new Error("Could not load the pictures module using the " + process.platform + "-" + process.arch + " runtime");
module.exports = made;`,
    );
    expect(await problemOf(await codeWith("pictures"))).to.match(/: pictures: Could not load.*needs native code/);
  });

  it("refuses native code that a package looks for at run time", async () => {
    pack("bindings", 'module.exports = (name) => { throw new Error("Could not locate the bindings file for " + name); };');
    pack("picture", 'module.exports = require("bindings")("picture");');
    const problem = await problemOf(await codeWith("picture"));
    expect(problem).to.include("picture: Could not locate the bindings file");
    expect(problem).to.include("needs native code");
  });

  for (const [what, text, remedy] of [
    [
      "a package that reads files beside itself",
      'module.exports = require("node:fs").readFileSync(__dirname + "/data.txt");',
      "reads files beside its own code",
    ],
    [
      "a package that requires another one by a computed name",
      'const name = "ch" + "ai"; module.exports = require(name);',
      "Import it by a fixed name",
    ],
    ["a module that ends the process", "process.exit(0);", "Correct what runs when the module is loaded"],
  ] as const)
    it(`refuses ${what}`, async () => {
      pack("odd", text);
      expect(await problemOf(await codeWith("odd"))).to.include(remedy);
    });

  it("holds the files that the flow declares, at their paths", async () => {
    place.write("templates/order.txt", "Dear {name}");
    const before = `import { readFileSync } from "node:fs";
      export const text = readFileSync(new URL("./templates/order.txt", import.meta.url), "utf8");`;
    const code = await codeOf(before, 'files: ["templates/order.txt"],');
    expect(readFileSync(code.files["templates/order.txt"] ?? "", "utf8")).to.equal("Dear {name}");
    expect(await problemOf(code)).to.equal("");
  });

  it("refuses a file that the flow reads and does not declare", async () => {
    place.write("order.txt", "Dear {name}");
    const before =
      'import { readFileSync } from "node:fs"; export const text = readFileSync(new URL("./order.txt", import.meta.url), "utf8");';
    expect(await problemOf(await codeOf(before))).to.include("List the file in the flow's `files`");
  });

  for (const [file, fact] of [
    ["../secret.txt", "is not below the flow's folder"],
    ["/etc/passwd", "is not below the flow's folder"],
    ["none.txt", "can't be read (ENOENT)"],
    ["index.mjs", "has the name of a file of the hub's"],
  ] as const)
    it(`refuses the file ${file}`, async () => {
      const outcome = await codeOf("", `files: ["${file}"],`).then(
        () => "",
        ({ message }: Error) => message,
      );
      expect(outcome).to.include(`its file "${file}" ${fact}`);
    });
});
