import { expect } from "chai";
import { before, describe, it } from "mocha";
import { type HubConfig, IntegrationHub } from "../../../components/index.ts";
import { type Deployment, deploy } from "../deploy.ts";
import { hubConfig } from "../hub-config.ts";
import files from "../samples/files.ts";

const program =
  (config: Partial<HubConfig> = {}) =>
  () =>
    new IntegrationHub("hub", hubConfig({ egress: { addresses: 1 }, ...config }), { flows: [files] });

describe("connection / its resources", () => {
  let deployed: Deployment<IntegrationHub>;
  before(async () => {
    deployed = await deploy(program());
  });
  const variables = (step: string) => {
    const { environment } = deployed.of("Function", `files-${step}`).inputs as {
      environment: { variables: Readonly<Record<string, string>> };
    };
    return environment.variables;
  };

  it("has a secret, and no alarms of calls", () => {
    expect(deployed.of("Secret", "hub-bank/sftp").inputs.name).to.equal("hub/dev/bank/sftp");
    const alarms = deployed.resources.filter(({ type, name }) => type.endsWith(":MetricAlarm") && /bank|mail/.test(name));
    expect(alarms).to.deep.equal([]);
  });

  it("lets only the steps that use it read the secret", () => {
    const readable = (step: string) => deployed.policy("RolePolicy", `files-${step}-policy`).Secrets?.Resource;
    expect(JSON.stringify(readable("fetch")))
      .to.include("bank/sftp")
      .and.not.include("mail");
    expect(JSON.stringify(readable("tell")))
      .to.include("mail/login")
      .and.not.include("bank");
    expect(readable("count")).to.equal(undefined);
  });

  it("grants no partition of a breaker, and puts no address into the environment", () => {
    expect(JSON.stringify(deployed.policy("RolePolicy", "files-fetch-policy"))).not.to.include("third-party#bank");
    expect(JSON.parse(variables("fetch").HUB_THIRD_PARTIES ?? "")).to.deep.equal({});
    expect(Object.keys(JSON.parse(variables("fetch").HUB_SECRETS ?? ""))).to.deep.equal(["bank/sftp"]);
  });

  it("opens its port in the network with fixed addresses, beside https", () => {
    const { egress } = deployed.of("SecurityGroup", "hub-egress-group").inputs as { egress: readonly object[] };
    expect(egress).to.deep.equal(
      [
        { description: "connection bank", fromPort: 22, toPort: 22 },
        { description: "connection mail", fromPort: 587, toPort: 587 },
        { description: "https", fromPort: 443, toPort: 443 },
      ].map((rule) => ({ ...rule, protocol: "tcp", cidrBlocks: ["0.0.0.0/0"] })),
    );
    expect(deployed.of("Function", "files-fetch").inputs).to.have.property("vpcConfig");
  });

  it("has no address that a stack could set in plain text", async () => {
    const failed = await deploy(program({ thirdParties: { bank: { baseUrl: "https://bank.example.com" } } })).catch(String);
    expect(failed).to.include("config hub:thirdParties, bank").and.include("its address is a secret");
  });
});
