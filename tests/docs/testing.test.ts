import { readFileSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import type { FlowTest } from "../../testing/index.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const page = read("docs/testing.md");

describe("docs/testing.md", () => {
  it("shows code that its test runs", () => {
    const run = read("tests/testing/page.test.ts").replace(/^ +/gm, "");
    const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = ""]) =>
      block.replace(/^ +/gm, "").replace(/^import .*expect.*\n/m, ""),
    );
    expect(blocks.length).to.be.greaterThan(4);
    for (const block of blocks) expect(run).to.include(block);
  });

  it("lists each member of a test's hub", () => {
    const members: Readonly<Record<keyof FlowTest, true>> = {
      send: true,
      call: true,
      poll: true,
      settle: true,
      pass: true,
      emitted: true,
      events: true,
      calls: true,
      fault: true,
      deadLetters: true,
      redrive: true,
      discard: true,
      lines: true,
      now: true,
      points: true,
    };
    for (const member of Object.keys(members)) expect(page, member).to.match(new RegExp(`\`${member}\\b`));
  });
});
