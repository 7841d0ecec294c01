import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { provider } from "@pulumi/pulumi";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { Account } from "../../../checks/engine/provider/account.ts";
import { construct } from "../../../checks/engine/provider/construct-vpc.ts";
import { installStandIn } from "../../../checks/engine/provider/install.ts";
import { standIn } from "../../../checks/engine/provider/stand-in.ts";
import { UNKNOWN } from "../../../checks/engine/provider/wire.ts";
import { VPC, vpcPlan } from "../../../local/record/vpc-plan.ts";
import { deploy } from "../../components/deploy.ts";
import { record } from "../../e2e/recorder.ts";

const PLACE = { region: "us-east-1", accountId: "123456789012", partition: "aws" };
const urn = (type: string, name: string) => `urn:pulumi:dev::hub::hub:index:IntegrationHub$${type}::${name}`;
const QUEUE = urn("aws:sqs/queue:Queue", "a-queue");
const POLICY = urn("aws:sqs/queuePolicy:QueuePolicy", "a-policy");
const DEPLOYMENT = urn("aws:apigateway/deployment:Deployment", "a-deployment");
const SECRET = urn("aws:secretsmanager/secret:Secret", "a-secret");
const OTHER_SECRET = urn("aws:secretsmanager/secret:Secret", "another-secret");
const secret = (value: unknown) => ({ "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value });
const archive = (hash: string, path: string) => ({
  "4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7",
  hash,
  assets: { path },
});

describe("engine / the stand-in for the AWS provider", function () {
  this.timeout(300_000);
  let dir: string;
  let account: Account;
  let aws: Required<Pick<provider.Provider, "create" | "diff" | "update" | "delete">>;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "hub-stand-in-"));
    account = new Account(join(dir, "account"));
    aws = standIn(account, PLACE) as typeof aws;
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it("detects no change in equal inputs, including secrets and assets with the same content", async () => {
    const inputs = { name: secret("q"), code: archive("1", "/a") };
    const { id, outs } = await aws.create(QUEUE, inputs);
    expect(await aws.diff(id, QUEUE, outs, { name: "q", code: archive("1", "/b") })).to.deep.equal({
      changes: false,
      replaces: [],
    });
  });

  for (const [what, news] of [
    ["another value", { tags: { a: "2" } }],
    ["one that is gone", {}],
    ["one more", { tags: { a: "1" }, more: true }],
    ["an unknown one", { tags: { a: UNKNOWN } }],
  ] as const) {
    it(`detects a change: ${what}`, async () => {
      const { id, outs } = await aws.create(QUEUE, { tags: { a: "1" } });
      expect(await aws.diff(id, QUEUE, outs, news)).to.deep.equal({ changes: true, replaces: [] });
      const updated = await aws.update(id, QUEUE, outs, news);
      if (what !== "an unknown one") expect((await aws.diff(id, QUEUE, updated.outs, news)).changes).to.equal(false);
    });
  }

  it("gives a replaced deployment another id", async () => {
    const { id, outs } = await aws.create(DEPLOYMENT, { restApi: "api", triggers: { body: "1" } });
    const news = { restApi: "api", triggers: { body: "2" } };
    expect(await aws.diff(id, DEPLOYMENT, outs, news)).to.deep.equal({ changes: true, replaces: ["triggers"] });
    expect((await aws.create(DEPLOYMENT, news)).id).not.to.equal(id);
  });

  it("refuses to delete a resource that another one needs, also after a restart", async () => {
    const queue = await aws.create(QUEUE, {});
    const policy = await aws.create(POLICY, { queueUrl: queue.outs.url, policy: JSON.stringify({ Resource: queue.outs.arn }) });
    const later = standIn(new Account(join(dir, "account")), PLACE) as typeof aws;
    const refusal = await later.delete(queue.id, QUEUE, {}).catch((error: Error) => error);
    expect((refusal as Error).message).to.include(POLICY);
    await later.delete(policy.id, POLICY, {});
    await later.delete(queue.id, QUEUE, {});
    expect(new Account(join(dir, "account")).all).to.deep.equal([]);
  });

  it("refuses a secret's name that is taken, also while a deleted one can be restored", async () => {
    const create = (urnOf: string, recoveryWindowInDays?: number) =>
      aws.create(urnOf, { name: "hub/erp", ...(recoveryWindowInDays !== undefined && { recoveryWindowInDays }) });
    const refusal = (recoveryWindowInDays?: number) =>
      create(OTHER_SECRET, recoveryWindowInDays).then(
        () => "",
        ({ message }: Error) => message,
      );
    const first = await create(SECRET, 0);
    expect(await refusal()).to.include("ResourceExistsException: the secret hub/erp already exists");
    await aws.delete(first.id, SECRET, first.outs);
    const second = await create(SECRET);
    await aws.delete(second.id, SECRET, second.outs);
    expect(await refusal(0)).to.include(
      "InvalidRequestException: a secret with the name hub/erp is already scheduled for deletion",
    );
    expect(account.all).to.deep.equal([]);
  });

  it("keeps the name and ARN of a renamed resource", async () => {
    const { id, outs } = await aws.create(QUEUE, { delaySeconds: 1, tags: { a: "1" } });
    const renamed = urn("aws:sqs/queue:Queue", "another-name");
    const { outs: now } = await aws.update(id, renamed, outs, { delaySeconds: 2 });
    const { name, arn, url, delaySeconds, tags } = now as Record<string, unknown>;
    expect({ name, arn, url }).to.deep.equal({ name: outs.name, arn: outs.arn, url: outs.url });
    expect([delaySeconds, tags]).to.deep.equal([2, undefined]);
    expect(account.all.map((held) => held.urn)).to.deep.equal([renamed]);
  });

  it("does not mistake a prefix of an ARN, or a word, for a reference", async () => {
    const queue = await aws.create(QUEUE, { name: "live" });
    await aws.create(POLICY, { queueUrl: "elsewhere", policy: `${queue.outs.arn}-2 delivery#` });
    await aws.delete(queue.id, QUEUE, {});
  });

  it("shares its account with another process", async () => {
    const other = standIn(new Account(join(dir, "account")), PLACE) as typeof aws;
    await aws.create(QUEUE, {});
    await other.create(DEPLOYMENT, {});
    await aws.create(POLICY, { queueUrl: "elsewhere" });
    expect(account.all.map((held) => held.urn)).to.have.members([QUEUE, DEPLOYMENT, POLICY]);
  });

  for (const stack of ["dev", "prod"])
    it(`creates the resources of the stack ${stack}, finds them unchanged, and allows deletion in reverse order`, async () => {
      const { resources } = await record({ root: join(import.meta.dirname, "../../.."), stack });
      const custom = resources.filter((resource) => resource.custom);
      const made = [];
      for (const { urn, inputs } of custom) made.push({ urn, inputs, ...(await aws.create(urn, inputs)) });
      expect(account.all.length).to.equal(custom.length);
      for (const { urn, inputs, id, outs } of made) expect(await aws.diff(id, urn, outs, inputs)).to.include({ changes: false });
      for (const { urn, id, outs } of made.toReversed()) await aws.delete(id, urn, outs);
      expect(account.all).to.deep.equal([]);
    });

  it("constructs awsx's VPC with all its children, and no other component of awsx", async () => {
    const inputs = { numberOfAvailabilityZones: 2, natGateways: { strategy: "Single" } };
    const { resources, result } = await deploy(() => construct("out", VPC, inputs, {}));
    const keys = (all: readonly { type: string; name: string }[]) => all.map(({ type, name }) => `${type} ${name}`).sort();
    const own = resources.filter(({ type }) => type !== VPC);
    expect(keys(own)).to.deep.equal(keys(vpcPlan("out", inputs).resources));
    expect(own.filter(({ parent }) => parent !== "out")).to.deep.equal([]);
    const route = own.find(({ type, name }) => type === "aws:ec2/route:Route" && name === "out-private-2");
    expect(route?.inputs.natGatewayId).to.equal("out-1-id");
    expect(Object.keys(result.state)).to.include.members(["vpcId", "privateSubnetIds", "routeTables", "eips"]);
    const refusal = await construct("out", "awsx:ecs:FargateService", {}, {}).catch((error: Error) => error);
    expect((refusal as Error).message).to.include("awsx:ecs:FargateService");
  });

  for (const at of [0, 1])
    it(`is a plugin, ${["aws", "awsx"][at]}: it prints its port`, async () => {
      const child = spawn(installStandIn(dir)[at] ?? "", ["127.0.0.1:1"], {
        env: { ...process.env, STAND_IN_ACCOUNT: join(dir, "account") },
        stdio: ["ignore", "pipe", "inherit"],
      });
      try {
        const [line] = (await once(child.stdout, "data")) as [Buffer];
        const port = Number(line.toString().trim());
        const socket = connect(port, "127.0.0.1");
        await once(socket, "connect");
        socket.destroy();
      } finally {
        child.kill();
        await once(child, "close");
      }
    });
});
