import { readFileSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import { PROBLEM_CODES } from "../../model/index.ts";
import { RUNTIME_CODES } from "../../runtime/errors.ts";

const page = readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8");
const listed = (heading: string) => {
  const section = page.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code);
};

describe("docs/authentication.md", () => {
  it("lists every code with which the authorizer refuses a caller, and no other", () => {
    const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
    const [, union = ""] = /type RefusalCode =([^;]+);/.exec(read("runtime/functions/authorizer/refusal.ts")) ?? [];
    const [, table = ""] = read("docs/authentication.md").split("| cause | codes |");
    const codes = (text: string) => [...text.matchAll(/["`]([A-Z_]{4,})["`]/g)].map(([, code]) => code);
    expect(codes(table)).to.have.members(codes(union));
  });
});

describe("docs/errors.md", () => {
  it("explains every code of a declaration's problems, and no other", () => {
    expect(listed("A declaration is wrong")).to.have.members(Object.keys(PROBLEM_CODES));
  });
  it("explains every code of the runtime, and no other", () => {
    expect(listed("A request has failed")).to.have.members(Object.keys(RUNTIME_CODES));
  });
});
