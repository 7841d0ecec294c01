import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { policies } from "../../policy/policies.ts";

const PACK = join(import.meta.dirname, "../../policy");
const require = createRequire(import.meta.url);

interface Info {
  getName(): string;
  getVersion(): string;
  getPoliciesList(): { getName(): string; getEnforcementlevel(): number }[];
}
type Client = new (
  address: string,
  credentials: unknown,
) => { getAnalyzerInfo(request: unknown, done: (error: Error | null, info: Info) => void): void; close(): void };

describe("policy pack / as the engine loads it", () => {
  let child: ChildProcess | undefined;
  afterEach(() => child?.kill());

  it("is a program for Pulumi's own runner, which serves all of its policies", async () => {
    // As pulumi-analyzer-policy does: the folder is the working directory, and ts-node is registered whatever the pack says.
    const runner = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
    child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", runner, "127.0.0.1:1", PACK], {
      cwd: PACK,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let errors = "";
    child.stderr?.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    const port = await new Promise<string>((done, fail) => {
      child?.stdout?.once("data", (chunk: Buffer) => done(chunk.toString().trim()));
      child?.once("exit", (code) => fail(new Error(`the pack ended with ${code}: ${errors}`)));
    });
    expect(port).to.match(/^\d+$/);
    const { AnalyzerClient } = require("@pulumi/pulumi/proto/analyzer_grpc_pb") as { AnalyzerClient: Client };
    const grpc = createRequire(require.resolve("@pulumi/pulumi"))("@grpc/grpc-js") as {
      credentials: { createInsecure(): unknown };
    };
    const { Empty } = createRequire(require.resolve("@pulumi/pulumi"))("google-protobuf/google/protobuf/empty_pb.js") as {
      Empty: new () => unknown;
    };
    const client = new AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    const info = await new Promise<Info>((done, fail) =>
      client.getAnalyzerInfo(new Empty(), (error, answer) => (error ? fail(error) : done(answer))),
    );
    client.close();
    const { version } = JSON.parse(readFileSync(join(PACK, "package.json"), "utf8")) as { version: string };
    expect(info.getVersion()).to.equal(version);
    const MANDATORY = 1;
    expect(info.getPoliciesList().map((policy) => [policy.getName(), policy.getEnforcementlevel()])).to.deep.equal(
      policies.map(({ name }) => [name, MANDATORY]),
    );
  });
});
