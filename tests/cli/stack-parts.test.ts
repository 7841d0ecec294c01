import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { stackParts } from "../../cli/stack-parts.ts";

describe("cli / names of a stack's resources", () => {
  const path = process.env.PATH;
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pulumi-"));
    process.env.PATH = `${folder}${delimiter}${path}`;
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  });
  /** Puts a Pulumi CLI before the machine's own. */
  const pulumi = (script: string) => {
    writeFileSync(join(folder, "pulumi"), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, "pulumi"), 0o755);
  };

  it("are read from its state, by URN, without its secrets", () => {
    const resources = [
      { urn: "urn:queue", id: "https://sqs/q", outputs: { arn: "arn:aws:sqs:eu-west-1:1:q", other: "x" } },
      { urn: "urn:component" },
      { urn: "urn:stage", id: "s", outputs: {} },
      { urn: "urn:secret", id: "k", outputs: { arn: { "4dabf18193072939515e22adb298388d": "…", ciphertext: "v1:…" } } },
    ];
    pulumi(
      `[ "$*" = "stack export --stack acme/hub/prod" ] && echo '${JSON.stringify({ version: 3, deployment: { resources } })}'`,
    );
    expect([...stackParts("acme/hub/prod")]).to.deep.equal([
      ["urn:queue", { id: "https://sqs/q", arn: "arn:aws:sqs:eu-west-1:1:q" }],
    ]);
  });

  it("are none where it can't be read, or is none", () => {
    for (const script of ["exit 1", "echo no JSON", "echo '{}'"]) {
      pulumi(script);
      expect(stackParts("prod").size, script).to.equal(0);
    }
  });
});
