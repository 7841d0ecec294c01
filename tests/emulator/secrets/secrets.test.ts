import { statSync } from "node:fs";
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { Secrets } from "../../../emulator/secrets/secrets.ts";
import { openStore, type Store } from "../../../emulator/store.ts";
import { ACCOUNT, allow, failure, ManualClock, policy, ROLE, startEndpoint, temporaryFolder } from "../endpoint/fixture.ts";

const ARN = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:erp/oauth-a1B2c3";
const OTHER = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:other-a1B2c3";

describe("secrets / secrets", () => {
  let store: Store;
  let secrets: Secrets;
  let client: SecretsManagerClient;
  let setUp: Awaited<ReturnType<typeof startEndpoint>>;
  let folder: ReturnType<typeof temporaryFolder>;
  const get = (SecretId: string, more = {}) => client.send(new GetSecretValueCommand({ SecretId, ...more }));
  const open = () => {
    store = openStore(`${folder.path}/state.sqlite`);
    secrets = new Secrets(store, new ManualClock(), setUp.directory, ACCOUNT);
    secrets.define({ name: "erp/oauth", arn: ARN });
    secrets.define({ name: "other", arn: OTHER });
    setUp.endpoint.register(secrets);
  };

  beforeEach(async () => {
    folder = temporaryFolder();
    setUp = await startEndpoint();
    setUp.directory.putRolePolicy(ROLE, "p", policy(allow("secretsmanager:*", ARN)));
    client = new SecretsManagerClient(setUp.client);
    open();
  });
  afterEach(async () => {
    client.destroy();
    await setUp.endpoint.stop();
    store.close();
    folder.remove();
  });

  it("returns AWS's error while the secret has no value", async () => {
    const error = await failure(get(ARN));
    expect(error).to.include({
      name: "ResourceNotFoundException",
      message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    });
    expect(secrets.hasValue(ARN)).to.equal(false);
  });

  it("returns the current value by ARN, by name, and by ARN without its random suffix", async () => {
    const versionId = secrets.put(ARN, "s3cret");
    for (const id of [ARN, "erp/oauth", ARN.replace(/-a1B2c3$/, "")]) {
      const { ARN: arn, Name, SecretString, VersionId, VersionStages } = await get(id);
      expect([arn, Name, SecretString, VersionId, VersionStages]).to.deep.equal([
        ARN,
        "erp/oauth",
        "s3cret",
        versionId,
        ["AWSCURRENT"],
      ]);
    }
  });

  it("keeps the value before a rotation as AWSPREVIOUS, and no older value", async () => {
    const first = secrets.put(ARN, "one");
    secrets.put(ARN, "two");
    expect((await get(ARN)).SecretString).to.equal("two");
    expect((await get(ARN, { VersionStage: "AWSPREVIOUS" })).SecretString).to.equal("one");
    expect((await get(ARN, { VersionId: first })).SecretString).to.equal("one");
    secrets.put(ARN, "three");
    expect((await failure(get(ARN, { VersionId: first }))).name).to.equal("ResourceNotFoundException");
  });

  it("stores one version per request token", async () => {
    const put = (SecretString: string) =>
      client.send(new PutSecretValueCommand({ SecretId: ARN, SecretString, ClientRequestToken: "t".repeat(32) }));
    await put("one");
    await put("one");
    expect((await failure(put("two"))).name).to.equal("ResourceExistsException");
    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: ARN }));
    expect(VersionIdsToStages).to.deep.equal({ ["t".repeat(32)]: ["AWSCURRENT"] });
  });

  it("denies access without permission, whether the secret exists or not", async () => {
    secrets.put(OTHER, "s3cret");
    for (const id of [OTHER, "other", "nowhere"]) {
      const error = await failure(get(id));
      expect(error.name).to.equal("AccessDeniedException");
      expect(error.message).to.match(/not authorized to perform: secretsmanager:GetSecretValue/);
    }
    setUp.directory.putRolePolicy(ROLE, "p", policy(allow("secretsmanager:*", "*")));
    expect((await failure(get("nowhere"))).message).to.equal("Secrets Manager can't find the specified secret.");
  });

  it("keeps values over a restart, in files that only their owner can read", async () => {
    secrets.put(ARN, "s3cret");
    for (const suffix of ["", "-wal"]) expect(statSync(store.file + suffix).mode & 0o777, suffix).to.equal(0o600);
    store.close();
    open();
    expect((await get(ARN)).SecretString).to.equal("s3cret");
  });

  it("refuses values that are empty or too long", () => {
    expect(() => secrets.put(ARN, "")).to.throw("1 to 65536 bytes");
    expect(() => secrets.put(ARN, "x".repeat(65_537))).to.throw("1 to 65536 bytes");
  });
});
