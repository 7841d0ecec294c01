import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { watchTree } from "../../local/watch-tree.ts";

describe("local / watch a tree of folders", function () {
  this.timeout(60_000);
  let root: string;
  let changed: (file: string) => void;
  const next = (wanted: string) =>
    new Promise<void>((resolve) => {
      changed = (file) => file === wanted && resolve();
    });
  /** Waits for the change that the act makes. */
  const reports = async (wanted: string, act: () => void) => {
    const reported = next(wanted);
    act();
    await reported;
  };
  const replace = (file: string, text: string) => {
    writeFileSync(join(root, "draft~"), text);
    renameSync(join(root, "draft~"), join(root, file));
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "hub-watch-"));
    mkdirSync(join(root, "inner"));
    writeFileSync(join(root, "inner/a.ts"), "1");
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it("reports a file that is written in place, and one that an editor replaces again and again", async () => {
    using _ = watchTree(root, (file) => changed(file));
    for (const text of ["2", "3", "4"]) {
      await reports("a.ts", () => writeFileSync(join(root, "inner/a.ts"), text));
      await reports("a.ts", () => replace("inner/a.ts", `${text}${text}`));
    }
  });

  it("reports what happens in a folder that is made later, and its end", async () => {
    using _ = watchTree(root, (file) => changed(file));
    await reports("new", () => mkdirSync(join(root, "new")));
    await reports("b.ts", () => writeFileSync(join(root, "new/b.ts"), "1"));
    await reports("new", () => rmSync(join(root, "new"), { recursive: true }));
    await reports("c.ts", () => writeFileSync(join(root, "c.ts"), "1"));
  });
});
