import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { RULE_GROUPS } from "../../../components/config/waf-rules.ts";
import { type HubConfig, readConfig, rolesOf } from "../../../components/index.ts";
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
      logLevels: {},
      consumers: { default: {} },
      operators: [],
      throttle: { rate: 100, burst: 200 },
      traces: { share: 0.05 },
      cache: 0,
      detailedMetrics: false,
      provisionedConcurrency: true,
      waf: { enabled: true, bodyKilobytes: 64 },
      alarmTargets: [],
      thirdParties: {},
      tags: {},
      secrets: {},
      protect: true,
      accountLogging: true,
    });
  });

  it("reads what the stack sets", async () => {
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

  it("reports every problem at once, with its path and its remedy", async () => {
    const error = (await read({
      "hub:archiveDays": "0",
      "hub:logRetentionDays": "8",
      "hub:throttle": '{"rate":1}',
      "hub:archivDays": "7",
      "hub:timezone": "UTC",
      "hub:waf": '{"enabled":true,"rateLimt":10}',
      "hub:operators": '["a"]',
    })) as Error;
    const [cross, ...others] = error.message.split("\n").sort();
    expect(cross).to.equal("NAME, config hub:archivDays: the hub has no such setting. Use hub:archiveDays.");
    expect(others).to.have.length(7);
    expect(error.message).to.match(
      /^NAME, config hub:timezone: the hub has no such setting\. Use one of archiveDays, .*, accountLogging\.$/m,
    );
    expect(error.message).to.include("NAME, config hub:waf.rateLimt: the hub has no such setting. Use hub:waf.rateLimit.");
    expect(error.message).to.include(
      "RANGE, config hub:waf.bodyKilobytes: it is missing. Set it to a whole number from 1 to 256 in Pulumi.dev.yaml.",
    );
    expect(error.message).to.include(
      "RANGE, config hub:archiveDays: 0 is not a whole number from 1 to 3650. Set it in Pulumi.dev.yaml.",
    );
    expect(error.message).to.include("RANGE, config hub:logRetentionDays: 8 is not one of 1, 3, 5");
    expect(error.message).to.include(
      "RANGE, config hub:throttle.burst: it is missing. Set it to a whole number from 1 to 5000 in Pulumi.dev.yaml.",
    );
    expect(error.message).to.include("NAME, config hub:operators[0]: a is no consumer. Use some of default, ");
  });

  const issuer = '"issuer":"https://login.example.com"';
  const certificate = '"certificateArn":"arn:aws:acm:us-east-1:123456789012:certificate/a-1"';
  for (const [key, value, path, fact] of [
    ["consumers", "{}", "", "{} is not an object with one consumer or more"],
    ["consumers", '["default"]', "", '["default"] is not an object with one consumer or more'],
    ["consumers", '{"A":{}}', ".A", "the name is not a kebab-case name of at most 30 characters"],
    ["consumers", '{"a":{"limit":1}}', ".a.limit", "the hub has no such setting"],
    ["consumers", '{"a":{"throttle":{"rate":1}}}', ".a.throttle.burst", "it is missing"],
    ["consumers", '{"a":{"quota":{"limit":1,"period":"year"}}}', ".a.quota.period", '"year" is not one of day, week, month'],
    ["consumers", '{"a":{"tenant":"a.b"}}', ".a.tenant", '"a.b" is not 1 to 64 letters, digits, _ or -'],
    ["consumers", '{"a":{"clients":[]}}', ".a.clients", "[] is not a list of one client or more"],
    ["consumers", '{"a":{"clients":["b c"]}}', ".a.clients[0]", '"b c" is not 1 to 256 characters without spaces'],
    ["jwt", `{${issuer}}`, ".audience", "it is missing"],
    [
      "jwt",
      '{"issuer":"http://login.example.com","audience":"hub"}',
      ".issuer",
      '"http://login.example.com" is not an https URL',
    ],
    ["jwt", `{${issuer},"audience":[]}`, ".audience", "[] is not one audience or a list of audiences"],
    [
      "jwt",
      `{${issuer},"audience":"hub","jwksUri":"file:///etc/passwd"}`,
      ".jwksUri",
      '"file:///etc/passwd" is not an https URL',
    ],
    ["jwt", `{${issuer},"audience":"hub","secret":"x"}`, ".secret", "the hub has no such setting"],
    ["logLevel", "trace", "", '"trace" is not one of debug, info, warn, error'],
    ["protect", "yes", "", '"yes" is not true or false'],
    ["accountLogging", "1", "", "1 is not true or false"],
    ["cache", "0.7", "", "0.7 is not one of 0, 0.5, 1.6"],
    [
      "egress",
      '{"addresses":2,"zones":["us-east-1b"]}',
      ".zones",
      '["us-east-1b"] is not a list of two or three different availability zones',
    ],
    [
      "egress",
      '{"addresses":2,"zones":["us-east-1b","somewhere"]}',
      ".zones[1]",
      '"somewhere" is not an availability zone such as us-east-1b',
    ],
    ["egress", '{"addresses":4}', ".addresses", "4 is not a whole number from 0 to 3"],
    ["operators", '["default","default"]', "", '["default","default"] is not a list of different consumers'],
    ["tags", '{"aws:team":"a"}', '["aws:team"]', "the name is not a key of 1 to 128 letters"],
    ["tags", '{"team":"a;b"}', ".team", '"a;b" is not 1 to 256 letters'],
    ["tags", '{"hub:stack":"other"}', '["hub:stack"]', "the name is not a key of 1 to 128 letters"],
    ["archiveDays", "1.5", "", "1.5 is not a whole number from 1 to 3650"],
    [
      "thirdParties",
      '{"erp":{"baseUrl":"http://erp.example.com"}}',
      ".erp.baseUrl",
      '"http://erp.example.com" is not an https URL',
    ],
    ["thirdParties", '{"erp":{"url":"https://erp.example.com"}}', ".erp.url", "the hub has no such setting"],
    ["throttle", "5", "", "5 is not an object with rate, burst"],
    ["waf", '{"enabled":true}', ".bodyKilobytes", "it is missing"],
    [
      "waf",
      '{"enabled":true,"bodyKilobytes":64,"count":["CrossSiteScripting"]}',
      ".count[0]",
      // The list: WAF itself ignores an unknown name. https://docs.aws.amazon.com/waf/latest/APIReference/API_RuleActionOverride.html
      `"CrossSiteScripting" is not one of ${Object.values(RULE_GROUPS).flat().join(", ")}`,
    ],
    [
      "waf",
      '{"enabled":true,"bodyKilobytes":64,"count":["Log4JRCE_BODY","Log4JRCE_BODY"]}',
      ".count",
      '["Log4JRCE_BODY","Log4JRCE_BODY"] is not a list of different rules',
    ],
    [
      "waf",
      '{"enabled":true,"bodyKilobytes":64,"versions":{"common":"1.19"}}',
      ".versions.common",
      '"1.19" is not a static version',
    ],
    ["waf", '{"enabled":true,"rateLimit":9,"bodyKilobytes":64}', ".rateLimit", "9 is not a whole number from 10 to 2000000000"],
    ["waf", '{"enabled":true,"rateLimit":10,"bodyKilobytes":257}', ".bodyKilobytes", "257 is not a whole number from 1 to 256"],
    ["domain", '{"name":"api.example.com"}', ".certificateArn", "it is missing"],
    ["domain", `{"name":"https://api.example.com",${certificate}}`, ".name", '"https://api.example.com" is not a domain'],
    ["domain", `{"name":"api.example.com",${certificate},"zone":"Z1"}`, ".zone", "the hub has no such setting"],
    ["alarmTargets", '["http://example.com"]', "[0]", '"http://example.com" is not an e-mail address, an https URL or the ARN'],
    ["alarmTargets", '["on-call"]', "[0]", '"on-call" is not an e-mail address, an https URL or the ARN'],
    ["alarmTargets", '["a@example.com","a@example.com"]', "", '["a@example.com","a@example.com"] is not a list of different'],
  ] as const) {
    it(`refuses hub:${key} = ${value}`, async () => {
      expect(await read({ [`hub:${key}`]: value }))
        .to.be.instanceOf(Error)
        .with.property("message")
        .that.matches(/^(RANGE|NAME), /)
        .and.includes(`, config hub:${key}${path}: ${fact}`);
    });
  }

  it("reads a domain with or without its zone, and each kind of alarm target", async () => {
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

  it("refuses a client that two consumers share, and an operator that is no consumer", async () => {
    const error = (await read({
      "hub:consumers": '{"a":{"clients":["x"]},"b":{"clients":["b","x"]}}',
      "hub:operators": '["c"]',
    })) as Error;
    expect(error.message.split("\n")).to.deep.equal([
      "NAME, config hub:operators[0]: c is no consumer. Use some of a, b, or add it to hub:consumers.",
      "NAME, config hub:consumers.b.clients[1]: x is a client of both a and b. Let each client be one consumer's.",
    ]);
  });

  it("gives roles to operators, and refuses a stack without an admin", async () => {
    const withOperators = (operators: object) =>
      read({ "hub:consumers": '{"a":{},"b":{},"c":{}}', "hub:operators": JSON.stringify(operators) });
    const roles = { a: "viewer", b: "operator", c: "admin" };
    expect(await withOperators(roles)).to.deep.include({ operators: roles });
    expect(rolesOf(roles as never)).to.deep.equal(roles);
    expect(Object.keys(rolesOf(roles as never))[0]).to.equal("c");
    expect(rolesOf(["b", "a"])).to.deep.equal({ b: "admin", a: "admin" });
    for (const [operators, message] of [
      [
        { a: "viewer", b: "operator" },
        'NAME, config hub:operators: b, a leaves the hub without an admin. Give one consumer the role admin, such as { "b": "admin" }.',
      ],
      [{ z: "admin" }, "NAME, config hub:operators.z: z is no consumer. Use some of a, b, c, or add it to hub:consumers."],
      [{ a: "root" }, 'RANGE, config hub:operators: {"a":"root"} is not a list of different consumers, or an object'],
    ] as const)
      expect(((await withOperators(operators)) as Error).message).to.include(message);
  });

  describe("hub:secrets", () => {
    const KEYS = "PULUMI_CONFIG_SECRET_KEYS";
    const before = process.env[KEYS];
    afterEach(() => {
      if (before === undefined) delete process.env[KEYS];
      else process.env[KEYS] = before;
    });

    it("are refused in plain text, without their values in the message", async () => {
      const error = (await read({ "hub:secrets": '{"erp/oauth":{"clientId":"a","clientSecret":"hush"}}' })) as Error;
      expect(error.message).to.match(/^SECRET, config hub:secrets: it is not encrypted\. Remove it, /);
      expect(error.message).not.to.include("hush");
    });

    it("are read when encrypted", async () => {
      process.env[KEYS] = '["hub:secrets"]';
      expect(await read({ "hub:secrets": '{"erp/oauth":{"clientId":"a","clientSecret":"hush"}}' })).to.deep.include({
        secrets: { "erp/oauth": { clientId: "a", clientSecret: "hush" } },
      });
    });

    it("of another form are refused, without their values in the message", async () => {
      process.env[KEYS] = '["hub:secrets"]';
      const error = (await read({ "hub:secrets": '{"erp/oauth":"hush"}' })) as Error;
      expect(error.message).to.equal(
        'RANGE, config hub:secrets["erp/oauth"]: the value is not an object of texts. Set it in Pulumi.dev.yaml.',
      );
      const text = (await read({ "hub:secrets": "hush" })) as Error;
      expect(text.message).to.include('RANGE, config hub:secrets: the value is not an object such as { "erp/oauth": ');
      expect(text.message).not.to.include("hush");
    });
  });

  it("keeps the value of any encrypted setting out of messages", async () => {
    const KEYS = "PULUMI_CONFIG_SECRET_KEYS";
    const before = process.env[KEYS];
    process.env[KEYS] = '["hub:alarmTargets","hub:operators","hub:jwt"]';
    try {
      const error = (await read({
        "hub:alarmTargets": '["http://example.com/hush"]',
        "hub:operators": '["hush"]',
        "hub:jwt": '"hush"',
      })) as Error;
      expect(error.message.split("\n")).to.have.length(3);
      expect(error.message).to.include("hub:alarmTargets[0]: the value is not an e-mail address");
      expect(error.message).to.include("hub:operators[0]: the value is no consumer.");
      expect(error.message).to.include("hub:jwt: the value is not an object with issuer, ");
      expect(error.message).not.to.include("hush");
    } finally {
      if (before === undefined) delete process.env[KEYS];
      else process.env[KEYS] = before;
    }
  });
});
