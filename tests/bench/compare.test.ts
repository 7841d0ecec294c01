import { expect } from "chai";
import { describe, it } from "mocha";
import { CompareError, compared } from "../../bench/compare.ts";
import { collected } from "../../bench/instructions.ts";

describe("bench / --compare", () => {
  it("takes a commit of this repository", async () => {
    const error: unknown = await compared("no-such-branch", { rounds: 1, warm: 0 }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(CompareError);
    expect(String(error)).to.include('git knows no commit "no-such-branch"').and.to.include("such as HEAD~1");
  });

  it("never takes an option of git for a commit", async () => {
    const error: unknown = await compared("--help", { rounds: 1, warm: 0 }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(CompareError);
  });

  it("reads Callgrind's count, and refuses a report without one", () => {
    expect(collected("==6584== Events    : Ir\n==6584== Collected : 637865969\n")).to.equal(637_865_969);
    expect(() => collected("valgrind: cannot execute")).to.throw("no count of instructions:\nvalgrind: cannot execute");
  });
});
