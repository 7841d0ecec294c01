import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { eventually } from "./client.ts";
import { dataFolder, hubHere, ROOT, recording as record, someOrder } from "./support.ts";

/** A step's queue that is in the state and no longer in the program of this repository. */
const gone =
  "urn:pulumi:dev::hub::hub:index:IntegrationFlow$hub:index:ChoreographyStep$aws:sqs/queue:Queue::order-to-erp-book-queue";

describe("end to end / drain check", function () {
  this.timeout(300_000);
  const folder = dataFolder();
  let here: Awaited<ReturnType<typeof hubHere>>;
  before(async () => {
    here = await hubHere();
  });
  after(async () => {
    await here.stop();
    folder.remove();
  });

  /** Runs `npm run drain-check` against the SQS of the local hub, with the role of the function that consumes the queue. */
  async function check(url: string, urn = gone) {
    const { resources } = await record();
    const state = join(folder.dir, "state.json");
    writeFileSync(
      state,
      JSON.stringify({ version: 3, deployment: { resources: [{ urn, type: "aws:sqs/queue:Queue", id: url }] } }),
    );
    const role = resources.find(({ name }) => name === "order-to-erp-register-role");
    const { services } = here.hub;
    const { accessKeyId, secretAccessKey, sessionToken } = services.iam.issueCredentials(String(role?.outputs.arn));
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "tools/drain-check.ts", "--state", state], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        AWS_ENDPOINT_URL: services.endpoint,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
      },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const status = await new Promise<number | null>((done) => child.once("close", done));
    return { status, stdout, stderr };
  }
  const urlOf = async () => {
    const { resources } = await record();
    return String(resources.find(({ name }) => name === "order-to-erp-register-queue")?.outputs.url);
  };

  it("permits the removal of an empty queue", async () => {
    expect(await check(await urlOf())).to.deep.equal({
      status: 0,
      stdout: "dev: 1 queues deployed, 1 to be deleted, all of them empty\n",
      stderr: "",
    });
  });

  it("fails when a queue holds messages, with their count and the remedy", async () => {
    await here.client.fault({ target: "erp", mode: "error" });
    const requestId = await here.client.order(someOrder());
    await eventually("the step waits for another attempt", async () => {
      const found = await here.client.request(requestId);
      return found?.steps.some(({ step, status }) => step === "register" && status === "retrying") ? true : undefined;
    });
    const { status, stderr } = await check(await urlOf());
    expect(status).to.equal(1);
    expect(stderr).to.match(
      /^order-to-erp-book-queue holds \d+ messages?, and the program no longer declares it\. .*`formerly`\.\n$/,
    );
  });

  it("permits the removal of a queue that no longer exists, and lists no queue of the program as removed", async () => {
    expect((await check(`${await urlOf()}-none`)).status).to.equal(0);
    expect((await check(await urlOf(), gone.replace("book", "register"))).stdout).to.equal(
      "dev: 1 queues deployed, 0 to be deleted, all of them empty\n",
    );
  });
});
