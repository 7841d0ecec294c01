import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import type { BusEvent } from "../../emulator/events/event.ts";
import { programWith } from "./copy.ts";
import { sftpServer } from "./sftp-server.ts";
import { dataFolder, hubHere, requestOf } from "./support.ts";

/** ssh2 has optional native code, which Lambda does not have: the flow's code is loaded and runs without it. */
describe("end to end / a third party by SFTP", function () {
  this.timeout(300_000);
  const user = { name: "hub", password: "the bank's own password" };
  const program = programWith("examples/bank-statements");
  const data = dataFolder();
  let server: Awaited<ReturnType<typeof sftpServer>>;
  let here: Awaited<ReturnType<typeof hubHere>>;
  const events: BusEvent[] = [];
  before(async () => {
    server = await sftpServer(user);
    const { hostKey } = server;
    const login = { host: "127.0.0.1", port: String(server.port), username: user.name, password: user.password, hostKey };
    const file = join(program.root, "live.json");
    writeFileSync(file, JSON.stringify({ "bank-files": { secrets: { "bank-files/sftp": login } } }));
    chmodSync(file, 0o600);
    here = await hubHere({
      ...{ root: program.root, data: data.dir, recording: await program.recording(), live: ["bank-files"] },
      ...{ speed: 20 },
    });
    here.hub.services.bus.onEvent(({ event }) => events.push(event));
  });
  after(async () => {
    await here?.stop();
    await server?.close();
    program.remove();
    data.remove();
  });

  const fetched = (day: string) =>
    events.filter((event) => event["detail-type"] === "StatementFetched" && (event.detail.data as { day: string }).day === day);
  const begin = async (day: string) => requestOf(await here.client.post("/statements", { day }));

  it("is read and written by a step with ssh2-sftp-client", async () => {
    const lines = Array.from({ length: 5_000 }, (_, i) => `${i};PT50000201231234567890154;${i}.50`);
    server.files.set("/out/2026-11-27.csv", Buffer.from(`${lines.join("\n")}\n`));
    await here.client.reaches(await begin("2026-11-27"), "completed");
    expect(fetched("2026-11-27").map(({ detail }) => detail.data)).to.deep.equal([{ day: "2026-11-27", lines }]);
    const size = server.files.get("/out/2026-11-27.csv")?.length;
    expect(server.files.get("/in/2026-11-27.ack")?.toString()).to.equal(`got ${size} bytes`);
  });

  it("is tried again after it refused the login, and no log, state and dead letter shows the password", async () => {
    server.files.set("/out/2026-11-26.csv", Buffer.from("1;2\n"));
    server.refuse(1);
    const { steps } = await here.client.reaches(await begin("2026-11-26"), "completed");
    expect(steps[0]?.attempts).to.equal(2);
    expect(JSON.stringify([here.lines, here.problems, events])).not.to.include(user.password);
    const stored = readdirSync(data.dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const holding = stored.filter(({ parentPath, name }) => readFileSync(join(parentPath, name)).includes(user.password));
    expect(holding.map(({ name }) => name)).to.deep.equal([]);
  });

  it("ends as a dead letter where the file is missing", async () => {
    const { steps } = await here.client.reaches(await begin("2026-11-28"), "blocked");
    expect(steps[0]?.error?.code).to.equal("NO_STATEMENT");
  });

  it("is reached with a role that reads its secret alone, and knows of no breaker", async () => {
    const [policy] = here.hub.recording.resources.filter(
      ({ type, name }) => type === "aws:iam/rolePolicy:RolePolicy" && name.startsWith("bank-statements-fetch"),
    );
    const { Statement } = JSON.parse(String(policy?.inputs.policy)) as { Statement: { Action: unknown; Resource: unknown }[] };
    const secrets = Statement.filter(({ Action }) => JSON.stringify(Action).includes("secretsmanager:"));
    expect(secrets.map(({ Action }) => [Action].flat())).to.deep.equal([["secretsmanager:GetSecretValue"]]);
    expect([secrets[0]?.Resource].flat().map(String)).to.satisfy(
      (arns: string[]) => arns.length === 1 && arns[0]?.includes(":secret:") && arns[0].includes("/bank-files/sftp-"),
    );
    expect(JSON.stringify(Statement)).not.to.include("third-party#bank-files");
  });
});
