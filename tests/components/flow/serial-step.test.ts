import { expect } from "chai";
import { describe, it } from "mocha";
import { IntegrationHub } from "../../../components/index.ts";
import { graph } from "../../../model/index.ts";
import { deploy } from "../deploy.ts";
import { state } from "../expected.ts";
import { hubConfig } from "../hub-config.ts";
import ticking from "../samples/ticking.ts";

describe("a serial step", () => {
  it("may touch its own keys beside its delivery records, and no other step's", async () => {
    const { policy } = await deploy(() => {
      new IntegrationHub("hub", hubConfig(), { flows: [ticking] });
    });
    expect(policy("RolePolicy", "ticking-count-policy").State).to.deep.equal(
      state("delivery#ticking#count#*", "serial#ticking#count#*"),
    );
    expect(policy("RolePolicy", "ticking-sleep-policy").State).to.deep.equal(state("delivery#ticking#sleep#*"));
  });

  it("is one in the flow's graph", () =>
    expect(graph(ticking).steps.map(({ serial }) => serial)).to.deep.equal(["note", undefined]));
});
