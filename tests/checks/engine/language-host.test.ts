import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunResponse } from "@pulumi/pulumi/proto/language_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { installLanguageHost } from "../../../checks/engine/language/install.ts";
import { requiredPackages } from "../../../checks/engine/language/required-packages.ts";

const ROOT = join(import.meta.dirname, "../../..");
const require = createRequire(import.meta.url);
type Client = new (
  address: string,
  credentials: unknown,
) => { run(request: unknown, done: (error: Error | null, response: RunResponse) => void): void; close(): void };

describe("engine / the stand-in for Pulumi's language host", function () {
  this.timeout(300_000);
  const path = process.env.PATH;
  let dir: string;
  let child: ChildProcess | undefined;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "hub-language-"));
    process.env.PATH = "";
  });
  afterEach(() => {
    process.env.PATH = path;
    child?.kill();
    rmSync(dir, { recursive: true });
  });

  it("lists the plugins that the program's packages need", () => {
    const { dependencies } = require(join(ROOT, "package.json")) as { dependencies: Readonly<Record<string, string>> };
    expect(requiredPackages(ROOT)).to.deep.include({ name: "aws", version: `v${dependencies["@pulumi/aws"]}` });
    expect(requiredPackages(ROOT).map(({ name }) => name)).to.include("awsx");
    expect(requiredPackages(dir)).to.deep.equal([]);
  });

  it("is installed only when Pulumi's is neither on the PATH nor next to the CLI", () => {
    expect(installLanguageHost(dir, "/nowhere/pulumi")).to.equal(true);
    expect(installLanguageHost(dir, join(dir, "pulumi"))).to.equal(false);
  });

  for (const [what, options, sentence] of [
    ["ts-node", {}, "typescript to false"],
    ["an option that it does not know", { typescript: false, nodeargs: "--inspect" }, "the option nodeargs"],
  ] as const)
    it(`refuses a program with ${what}`, async () => {
      writeFileSync(join(dir, "package.json"), "{}");
      installLanguageHost(dir, "/nowhere/pulumi");
      child = spawn(join(dir, "pulumi-language-nodejs"), ["127.0.0.1:1"], { stdio: ["ignore", "pipe", "inherit"] });
      const [line] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
      const ofPulumi = createRequire(require.resolve("@pulumi/pulumi"));
      const { credentials } = ofPulumi("@grpc/grpc-js") as { credentials: { createInsecure(): unknown } };
      const { Struct } = ofPulumi("google-protobuf/google/protobuf/struct_pb.js") as {
        Struct: { fromJavaScript(value: unknown): never };
      };
      const { LanguageRuntimeClient } = require("@pulumi/pulumi/proto/language_grpc_pb") as { LanguageRuntimeClient: Client };
      const info = new language.ProgramInfo();
      info.setProgramDirectory(dir);
      info.setOptions(Struct.fromJavaScript(options));
      const request = new language.RunRequest();
      request.setInfo(info);
      const client = new LanguageRuntimeClient(`127.0.0.1:${line.toString().trim()}`, credentials.createInsecure());
      const error = await new Promise<Error | null>((done) => client.run(request, done));
      client.close();
      expect(error?.message).to.include(sentence);
    });
});
