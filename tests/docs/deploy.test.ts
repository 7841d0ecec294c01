import { readFileSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import { SETTINGS } from "../../components/config/config.ts";
import { settingRows } from "../../components/config/forms.ts";

const page = readFileSync(new URL("../../docs/deploy.md", import.meta.url), "utf8");

describe("docs/deploy.md", () => {
  it("explains every setting of a stack, and no other", () => {
    const listed = [...page.matchAll(/^\| `hub:(\w+)` \|/gm)].map(([, setting]) => setting);
    expect(listed).to.have.members([...SETTINGS]);
  });

  it("has a meaning for every setting, also within another", () => {
    expect(settingRows().filter(({ meaning }) => meaning === "")).to.deep.equal([]);
  });
});
