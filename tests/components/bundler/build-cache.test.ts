import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { build } from "../../../components/bundler/build.ts";
import { BuildCache } from "../../../components/bundler/build-cache.ts";
import type { BundleFile } from "../../../components/bundler/store.ts";

/** Counts what was found, and what was built. */
class CountedCache extends BuildCache {
  hits = 0;
  misses = 0;
  override find(request: string, root: string): readonly BundleFile[] | undefined {
    const found = super.find(request, root);
    if (found) this.hits += 1;
    else this.misses += 1;
    return found;
  }
}

describe("bundler / what was built is kept by the content of its inputs", () => {
  let folder: string;
  let root: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "hub-cache-")));
    root = join(folder, "program");
    write("flows/a.ts", 'import { name } from "../lib/name"; import { greet } from "greeter"; export const text = greet(name);');
    write("lib/name.ts", 'export const name = "Ana";');
    write("node_modules/greeter/package.json", '{ "name": "greeter", "type": "module", "exports": "./index.js" }');
    write("node_modules/greeter/index.js", 'export const greet = (name) => "hello " + name;');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(file: string, text: string, below = root): void {
    mkdirSync(dirname(join(below, file)), { recursive: true });
    writeFileSync(join(below, file), text);
  }
  const cacheAt = (name = "cache") => new CountedCache(join(folder, name));
  const built = async (cache: BuildCache, from = root, entry = 'export * from "./flows/a.ts";') =>
    (await build({ root: from, where: "a test", name: "index.mjs", entry, cache })).map(
      ({ name, contents }) => `${name}\n${Buffer.from(contents).toString()}`,
    );

  it("keeps what uses modules of Node", async () => {
    write("lib/name.ts", 'import { hostname } from "node:os"; export const name = hostname();');
    const cache = cacheAt();
    const first = await built(cache);
    expect(await built(cache)).to.deep.equal(first);
    expect([cache.hits, cache.misses]).to.deep.equal([1, 1]);
  });

  it("keeps nothing of a source that changes while it is built", async () => {
    const cache = cacheAt();
    for (let round = 0; round < 5; round += 1) {
      let last = "";
      let n = 0;
      const change = () => {
        n += 1;
        last = `name ${round}.${n}`;
        write("lib/name.ts", `export const name = "${last}";`);
      };
      change();
      const changing = setInterval(change, 1);
      await built(cache);
      clearInterval(changing);
      expect((await built(cache)).join()).to.include(last);
    }
  });

  it("gives the same bytes to another process and to a copy elsewhere, without a build", async () => {
    const first = await built(cacheAt());
    const again = cacheAt();
    expect(await built(again)).to.deep.equal(first);
    const copy = join(folder, "another");
    for (const [file, text] of [
      ["flows/a.ts", 'import { name } from "../lib/name"; import { greet } from "greeter"; export const text = greet(name);'],
      ["lib/name.ts", 'export const name = "Ana";'],
      ["node_modules/greeter/package.json", '{ "name": "greeter", "type": "module", "exports": "./index.js" }'],
      ["node_modules/greeter/index.js", 'export const greet = (name) => "hello " + name;'],
    ] as const)
      write(file, text, copy);
    expect(await built(again, copy)).to.deep.equal(first);
    expect([again.hits, again.misses]).to.deep.equal([2, 0]);
  });

  const changes: readonly (readonly [what: string, change: () => void, shown: string])[] = [
    ["a source changes, with its size and times kept", () => changeInPlace("lib/name.ts", 'export const name = "Eva";'), "Eva"],
    [
      "a package changes",
      () => write("node_modules/greeter/index.js", 'export const greet = (name) => "good day " + name;'),
      "good day",
    ],
    [
      "a package's manifest names another file",
      () => {
        write("node_modules/greeter/other.js", 'export const greet = (name) => "welcome " + name;');
        write("node_modules/greeter/package.json", '{ "name": "greeter", "type": "module", "exports": "./other.js" }');
      },
      "welcome",
    ],
    [
      "a nearer copy of a package appears",
      () => {
        write("flows/node_modules/greeter/package.json", '{ "name": "greeter", "type": "module", "exports": "./index.js" }');
        write("flows/node_modules/greeter/index.js", 'export const greet = (name) => "nearer " + name;');
      },
      "nearer",
    ],
    [
      "a file appears that an import without an ending prefers",
      () => write("lib/name.tsx", 'export const name = "Tessa";'),
      "Tessa",
    ],
    [
      "a package is linked elsewhere",
      () => {
        write("linked/package.json", '{ "name": "greeter", "type": "module", "exports": "./index.js" }');
        write("linked/index.js", 'export const greet = (name) => "linked " + name;');
        rmSync(join(root, "node_modules/greeter"), { recursive: true });
        symlinkSync(join(root, "linked"), join(root, "node_modules/greeter"));
      },
      "linked",
    ],
    [
      "a manifest appears above a source",
      () => {
        write("lib/name.js", 'exports.name = "Cas";');
        unlinkSync(join(root, "lib/name.ts"));
        write("lib/package.json", '{ "type": "commonjs" }');
      },
      "Cas",
    ],
  ];
  function changeInPlace(file: string, text: string): void {
    write(file, text);
    utimesSync(join(root, file), new Date(1e12), new Date(1e12));
  }

  for (const [what, change, shown] of changes)
    it(`builds again when ${what}`, async () => {
      if (what.includes("times kept")) utimesSync(join(root, "lib/name.ts"), new Date(1e12), new Date(1e12));
      const cache = cacheAt();
      expect((await built(cache)).join()).not.to.include(shown);
      change();
      const fresh = await built(cacheAt("empty"));
      expect(fresh.join()).to.include(shown);
      expect(await built(cache)).to.deep.equal(fresh);
      expect(await built(cache)).to.deep.equal(fresh);
      expect([cache.hits, cache.misses]).to.deep.equal([1, 2]);
    });

  it("builds again for another entry", async () => {
    const cache = cacheAt();
    await built(cache);
    expect((await built(cache, root, 'export { text as other } from "./flows/a.ts";')).join()).to.include("other");
    expect(cache.hits).to.equal(0);
  });

  it("keeps nothing of a build that failed", async () => {
    write("flows/a.ts", "export const = 1;");
    const cache = cacheAt();
    for (let i = 0; i < 2; i += 1) expect(await built(cache).catch(({ name }: Error) => name)).to.equal("BundleError");
    write("flows/a.ts", "export const text = 'mended';");
    expect((await built(cache)).join()).to.include("mended");
  });

  it("builds where an entry is damaged, and where nothing can be kept", async () => {
    const first = await built(cacheAt());
    const [request = ""] = readdirSync(join(folder, "cache"));
    const [inputs = ""] = readdirSync(join(folder, "cache", request));
    writeFileSync(join(folder, "cache", request, inputs, "index.mjs"), "export const text = 1;");
    expect(await built(cacheAt())).to.deep.equal(first);
    writeFileSync(join(folder, "file"), "");
    expect(await built(cacheAt("file"))).to.deep.equal(first);
  });

  it("keeps the last few outputs of a request, and no drafts, also when several write at the same time", async () => {
    for (let i = 0; i < 7; i += 1) {
      write("lib/name.ts", `export const name = "number ${i}";`);
      await Promise.all([built(cacheAt()), built(cacheAt())]);
    }
    const names = readdirSync(join(folder, "cache"));
    expect(names).to.have.length(1);
    expect(readdirSync(join(folder, "cache", names[0] ?? "")).length).to.be.within(1, 4);
  });
});
