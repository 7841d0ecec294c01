import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { importRules, importTable } from "../../tools/imports.ts";

const ROOT = join(import.meta.dirname, "../..");
const PAGE = readFileSync(join(ROOT, "docs/architecture.md"), "utf8");
const FOLDERS = importTable(PAGE).map(({ folder }) => folder);

/** Samples of imports: the importing file, what it imports, and whether the table of docs/architecture.md refuses it. */
const SAMPLES: readonly (readonly [string, string, boolean])[] = [
  ["model/a.ts", "../flows/order-to-erp.ts", true],
  ["model/check/b.ts", "../../events/order.ts", true],
  ["model/check/deep/c.ts", "../../../policy/index.ts", true],
  ["model/check/d.ts", "../duration.ts", false],
  ["model/check/e.ts", "zod", false],
  ["model/f.ts", "node:fs", true],
  ["model/g.ts", "../protocol/table.ts", false],
  ["runtime/functions/step/delivery/h.ts", "../../../../local/hub.ts", true],
  ["runtime/functions/step/delivery/i.ts", "../../../../model/index.ts", false],
  ["runtime/functions/step/delivery/j.ts", "../../../ids.ts", false],
  ["runtime/k.ts", "@pulumi/aws", true],
  ["emulator/apigateway/l.ts", "../events/bus.ts", false],
  ["emulator/apigateway/m.ts", "../../events/order.ts", true],
  ["components/gateway/n.ts", "../../runtime/index.ts", true],
  ["tools/o.ts", "../cli/main.ts", true],
  ["cli/p.ts", "../runtime/index.ts", true],
  ["checks/chaos/q.ts", "../../flows/order-to-erp.ts", true],
  ["console/r.ts", "../components/index.ts", true],
  ["console/client/views/u.ts", "../../../emulator/aws.ts", true],
  ["console/server/v.ts", "../../runtime/mask.ts", false],
  ["local/w.ts", "../console/server/feed.ts", false],
  ["policy/s.ts", "@pulumi/aws", true],
  ["policy/t.ts", "@pulumi/policy", false],
];

describe("imports between folders", () => {
  let dir: string;
  let refused: ReadonlyMap<string, string>;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "imports-"));
    cpSync(join(ROOT, "biome-imports.json"), join(dir, "biome-imports.json"));
    writeFileSync(
      join(dir, "biome.json"),
      JSON.stringify({ extends: ["./biome-imports.json"], linter: { rules: { preset: "none" } } }),
    );
    for (const [file, source] of SAMPLES) {
      mkdirSync(join(dir, dirname(file)), { recursive: true });
      writeFileSync(join(dir, file), `import type { X } from ${JSON.stringify(source)};\n`);
    }
    const biome = spawnSync(join(ROOT, "node_modules/.bin/biome"), ["lint", "--reporter=json", "--max-diagnostics=none", "."], {
      cwd: dir,
      encoding: "utf8",
    });
    const { diagnostics } = JSON.parse(biome.stdout) as {
      diagnostics: readonly { message: string; location: { path: string } }[];
    };
    refused = new Map(diagnostics.map(({ message, location }) => [location.path, message]));
  });
  after(() => rmSync(dir, { recursive: true }));

  for (const [file, source, isRefused] of SAMPLES)
    it(`the linter ${isRefused ? "refuses" : "accepts"} ${source} in ${file}`, () => {
      if (isRefused) expect(refused.get(file)).to.include('See docs/architecture.md, section "Folders and imports".');
      else expect([...refused.keys()]).not.to.include(file);
    });

  it("every folder with code has a row in docs/architecture.md", () => {
    const withCode = readdirSync(ROOT, { withFileTypes: true }).filter(
      (entry) =>
        entry.isDirectory() &&
        !entry.name.startsWith(".") &&
        !["node_modules", "docs"].includes(entry.name) &&
        readdirSync(join(ROOT, entry.name), { recursive: true }).some((name) => String(name).endsWith(".ts")),
    );
    expect(FOLDERS).to.include.members(withCode.map(({ name }) => name));
  });

  it("a row names folders that have a row", () => {
    for (const { folder, ours } of importTable(PAGE)) if (ours !== "all") expect(FOLDERS, folder).to.include.members([...ours]);
  });

  it("a cell that is not a list of names is an error", () => {
    const page = "## Folders and imports\n\n| `a/` | x | whatever it likes | all |\n";
    expect(() => importRules(page)).to.throw(
      'docs/architecture.md, a/: "whatever it likes" is not a list of names. Write each as `name`, or "all".',
    );
  });
});
