import { expect } from "chai";
import { describe, it } from "mocha";
import { IntegrationHub } from "../../../components/index.ts";
import { deploy } from "../deploy.ts";
import { hubConfig } from "../hub-config.ts";

describe("saved queries", () => {
  it("are found in a folder of the stack, and name no log group, so that a new flow changes none", async () => {
    const deployed = await deploy(() => new IntegrationHub("hub", hubConfig(), { flows: [] }));
    const queries = deployed.resources.filter(({ type }) => type.endsWith(":QueryDefinition")).map(({ inputs }) => inputs);
    expect(queries.map(({ name }) => name)).to.have.members(
      ["by-correlation-id", "by-business-key", "slowest-steps", "errors-by-third-party"].map((query) => `hub/dev/${query}`),
    );
    for (const query of queries) expect(query).to.have.all.keys("name", "queryString");
    const text = String(queries.find(({ name }) => name === "hub/dev/errors-by-third-party")?.queryString);
    const pattern = /parse error \/(.*)\/$/m.exec(text)?.[1] ?? "";
    expect(new RegExp(pattern).exec("erp.registerOrder answered 503. It is called again.")?.groups).to.deep.include({
      thirdParty: "erp",
      operation: "registerOrder",
    });
  });
});
