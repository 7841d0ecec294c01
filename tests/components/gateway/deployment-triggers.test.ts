import { expect } from "chai";
import { before, describe, it } from "mocha";
import { IntegrationHub } from "../../../components/index.ts";
import type { Transform } from "../../../components/parts/customise.ts";
import { deploy } from "../deploy.ts";
import { hubConfig } from "../hub-config.ts";
import shop from "../samples/shop.ts";

type Props = Readonly<Record<string, unknown>>;

/** Another value of each property of the REST API but its tags and its region, and its name, which the mocks choose. */
const CHANGES: Props = {
  description: "Other",
  apiKeySource: "HEADER",
  binaryMediaTypes: ["image/png"],
  disableExecuteApiEndpoint: true,
  endpointAccessMode: "BASIC",
  endpointConfiguration: { types: ["PRIVATE"], vpcEndpointIds: ["vpce-1"] },
  failOnWarnings: true,
  minimumCompressionSize: "1024",
  parameters: { basepath: "prepend" },
  policy: '{"Version":"2012-10-17","Statement":[]}',
  putRestApiMode: "merge",
  securityPolicy: "TLS_1_2",
};

describe("triggers of the gateway's deployment", () => {
  const triggersWith = async (change: Props = {}) => {
    const transform: Transform = { api: (args) => ({ ...args, ...change }) };
    const { of } = await deploy(() => new IntegrationHub("hub", hubConfig(), { flows: [shop], transform }));
    return { triggers: of("Deployment", "hub-gateway-deployment").inputs.triggers, api: of("RestApi", "hub-gateway").inputs };
  };
  let plain: Awaited<ReturnType<typeof triggersWith>>;
  before(async () => {
    plain = await triggersWith();
  });

  it("stay when nothing changes, whatever the order of keys", async () => {
    const { endpointConfiguration } = plain.api as { endpointConfiguration: object };
    const reversed = Object.fromEntries(Object.entries(endpointConfiguration).reverse());
    expect((await triggersWith({ endpointConfiguration: reversed })).triggers).to.deep.equal(plain.triggers);
  });

  it("know each property that the API has, but its tags", () => {
    expect(
      Object.keys(plain.api).filter((name) => !["body", "tags", "region", "name"].includes(name) && !(name in CHANGES)),
    ).to.deep.equal([]);
  });

  for (const [name, value] of Object.entries(CHANGES))
    it(`are others when ${name} is`, async () => {
      const { triggers, api } = await triggersWith({ [name]: value });
      expect(api[name]).to.deep.equal(value);
      expect(triggers).not.to.deep.equal(plain.triggers);
      expect(triggers).to.include({ body: (plain.triggers as { body: string }).body });
    });
});
