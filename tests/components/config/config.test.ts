import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { type HubConfig, readConfig } from "../../../components/index.ts";
import { deploy } from "../deploy.ts";

const read = async (config: Record<string, string>): Promise<HubConfig | Error> =>
  (
    await deploy(
      () => {
        try {
          return readConfig();
        } catch (error) {
          return error as Error;
        }
      },
      { config, stack: "dev" },
    )
  ).result;

describe("config", () => {
  it("has a default for each setting", async () => {
    expect(await read({})).to.deep.equal({
      archiveDays: 30,
      logRetentionDays: 30,
      logLevel: "info",
      consumers: { default: {} },
      jwt: undefined,
      operators: [],
      throttle: { rate: 100, burst: 200 },
      cache: 0,
      provisionedConcurrency: true,
      waf: { enabled: true, rateLimit: 10_000, bodyKilobytes: 64 },
      alarmTargets: [],
      thirdParties: {},
      tags: {},
      secrets: {},
      protect: true,
      accountLogging: true,
    });
  });

  it("takes what the stack sets", async () => {
    const config = {
      "hub:archiveDays": "7",
      "hub:logLevel": "debug",
      "hub:consumers":
        '{"a":{},"b-c":{"throttle":{"rate":5,"burst":9},"quota":{"limit":10,"period":"week"},"tenant":"B","clients":["x"]}}',
      "hub:jwt": '{"issuer":"https://login.example.com","audience":["a","b"],"jwksUri":"http://127.0.0.1:9000/keys"}',
      "hub:protect": "false",
      "aws:region": "us-east-1",
    };
    expect(await read(config))
      .to.include({ archiveDays: 7, logLevel: "debug", protect: false })
      .and.to.deep.include({
        consumers: {
          a: {},
          "b-c": { throttle: { rate: 5, burst: 9 }, quota: { limit: 10, period: "week" }, tenant: "B", clients: ["x"] },
        },
        jwt: { issuer: "https://login.example.com", audience: ["a", "b"], jwksUri: "http://127.0.0.1:9000/keys" },
      });
  });

  it("tells every setting that is wrong at once, and what to do", async () => {
    const error = (await read({
      "hub:archiveDays": "0",
      "hub:logRetentionDays": "8",
      "hub:throttle": '{"rate":1}',
      "hub:archivDays": "7",
    })) as Error;
    expect(error.message.split("\n")).to.have.length(4);
    expect(error.message).to.include("NAME, config hub:archivDays: the hub has no such setting. Use one of archiveDays, ");
    expect(error.message).to.include(
      "RANGE, config hub:archiveDays: 0 is not a whole number from 1 to 3650. Set it in Pulumi.dev.yaml.",
    );
    expect(error.message).to.include("RANGE, config hub:logRetentionDays: 8 is not one of 1, 3, 5");
    expect(error.message).to.include('RANGE, config hub:throttle: {"rate":1} is not { rate: 1 to 10000, burst: 1 to 5000 }');
  });

  for (const [key, value] of [
    ["consumers", "{}"],
    ["consumers", '["default"]'],
    ["consumers", '{"A":{}}'],
    ["consumers", '{"a":{"limit":1}}'],
    ["consumers", '{"a":{"throttle":{"rate":1}}}'],
    ["consumers", '{"a":{"quota":{"limit":1,"period":"year"}}}'],
    ["consumers", '{"a":{"tenant":"a.b"}}'],
    ["consumers", '{"a":{"clients":[]}}'],
    ["jwt", '{"issuer":"https://login.example.com"}'],
    ["jwt", '{"issuer":"http://login.example.com","audience":"hub"}'],
    ["jwt", '{"issuer":"https://login.example.com","audience":[]}'],
    ["jwt", '{"issuer":"https://login.example.com","audience":"hub","jwksUri":"file:///etc/passwd"}'],
    ["jwt", '{"issuer":"https://login.example.com","audience":"hub","secret":"x"}'],
    ["logLevel", "trace"],
    ["protect", "yes"],
    ["accountLogging", "1"],
    ["tags", '{"aws:team":"a"}'],
    ["tags", '{"team":"a;b"}'],
    ["tags", '{"hub:stack":"other"}'],
    ["archiveDays", "1.5"],
    ["thirdParties", '{"erp":{"baseUrl":"http://erp.example.com"}}'],
    ["waf", '{"enabled":true}'],
    ["waf", '{"enabled":true,"rateLimit":9,"bodyKilobytes":64}'],
    ["waf", '{"enabled":true,"rateLimit":10,"bodyKilobytes":257}'],
    ["domain", '{"name":"api.example.com"}'],
    ["domain", '{"name":"https://api.example.com","certificateArn":"arn:aws:acm:us-east-1:123456789012:certificate/a-1"}'],
    ["domain", '{"name":"api.example.com","certificateArn":"arn:aws:acm:us-east-1:123456789012:certificate/a-1","zone":"Z1"}'],
    ["alarmTargets", '["http://example.com"]'],
    ["alarmTargets", '["on-call"]'],
    ["alarmTargets", '["a@example.com","a@example.com"]'],
    ["thirdParties", '{"erp":{"url":"https://erp.example.com"}}'],
  ] as const) {
    it(`refuses hub:${key} = ${value}`, async () => {
      expect(await read({ [`hub:${key}`]: value }))
        .to.be.instanceOf(Error)
        .with.property("message")
        .that.includes(`RANGE, config hub:${key}: ${value} is not `);
    });
  }

  it("takes a domain with or without its zone, and each kind of target for alarms", async () => {
    const domain = { name: "api.example.com", certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/a-1" };
    const alarmTargets = [
      "on-call@example.com",
      "https://pager.example.com/hook?id=1",
      "arn:aws:sns:us-east-1:123456789012:on-call",
    ];
    for (const given of [domain, { ...domain, hostedZoneId: "Z1234" }]) {
      const config = { "hub:domain": JSON.stringify(given), "hub:alarmTargets": JSON.stringify(alarmTargets) };
      expect(await read(config)).to.deep.include({ domain: given, alarmTargets });
    }
  });

  it("refuses a client of two consumers, and an operator that is no consumer", async () => {
    const error = (await read({
      "hub:consumers": '{"a":{"clients":["x"]},"b":{"clients":["b","x"]}}',
      "hub:operators": '["c"]',
    })) as Error;
    expect(error.message.split("\n")).to.deep.equal([
      "NAME, config hub:operators: c is no consumer. Use some of a, b, or add it to hub:consumers.",
      "NAME, config hub:consumers: x is a client of both a and b. Let each client be one consumer's.",
    ]);
  });

  describe("hub:secrets", () => {
    const KEYS = "PULUMI_CONFIG_SECRET_KEYS";
    const before = process.env[KEYS];
    afterEach(() => {
      if (before === undefined) delete process.env[KEYS];
      else process.env[KEYS] = before;
    });

    it("are refused in plain text, and not repeated", async () => {
      const error = (await read({ "hub:secrets": '{"erp/oauth":{"clientId":"a","clientSecret":"hush"}}' })) as Error;
      expect(error.message).to.match(/^SECRET, config hub:secrets: it is not encrypted\. Take it out, /);
      expect(error.message).not.to.include("hush");
    });

    it("are taken encrypted", async () => {
      process.env[KEYS] = '["hub:secrets"]';
      expect(await read({ "hub:secrets": '{"erp/oauth":{"clientId":"a","clientSecret":"hush"}}' })).to.deep.include({
        secrets: { "erp/oauth": { clientId: "a", clientSecret: "hush" } },
      });
    });

    it("of another form are refused, and not repeated", async () => {
      process.env[KEYS] = '["hub:secrets"]';
      const error = (await read({ "hub:secrets": '{"erp/oauth":"hush"}' })) as Error;
      expect(error.message).to.include(
        "RANGE, config hub:secrets: the value is not secrets' declared names with objects of texts",
      );
      expect(error.message).not.to.include("hush");
    });
  });
});
