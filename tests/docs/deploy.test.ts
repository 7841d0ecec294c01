import { readFileSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import { SETTINGS } from "../../components/config/config.ts";

const page = readFileSync(new URL("../../docs/deploy.md", import.meta.url), "utf8");

describe("docs/deploy.md", () => {
  it("explains every setting of a stack, and no other", () => {
    const listed = [...page.matchAll(/^\| `hub:(\w+)` \|/gm)].map(([, setting]) => setting);
    expect(listed).to.have.members([...SETTINGS]);
  });
});
