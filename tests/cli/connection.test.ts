import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { connect } from "../../cli/connection.ts";

const OUTPUTS = { apiUrl: "https://api.example.com/v1/", apiKeys: { default: "k", operations: "op" }, operators: ["operations"] };
const HUB = { url: "https://api.example.com/v1", apiKey: "op", otherKeys: ["k"] };

describe("cli / which hub", () => {
  let folder: string;
  const before = { ...process.env };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "hub-cli-"));
    delete process.env.HUB_URL;
    delete process.env.HUB_API_KEY;
  });
  afterEach(() => {
    for (const name of ["HUB_URL", "HUB_API_KEY", "PATH"] as const) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
    rmSync(folder, { recursive: true });
  });
  /** Puts a Pulumi CLI before the machine's own. */
  const pulumi = (script: string) => {
    const file = join(folder, "pulumi");
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    process.env.PATH = `${folder}${delimiter}${before.PATH}`;
  };

  it("finds the hub on this machine by its file", () => {
    writeFileSync(join(folder, "running.json"), JSON.stringify(OUTPUTS));
    expect(connect({ data: folder })).to.deep.equal(HUB);
  });

  it("finds a stack on AWS by its outputs, with the key of its operator", () => {
    pulumi(
      `[ "$*" = "stack output --json --show-secrets --stack prod" ] && echo '${JSON.stringify({ ...OUTPUTS, other: { a: 1 } })}'`,
    );
    expect(connect({ stack: "prod" })).to.deep.equal(HUB);
  });

  it("takes URL and key from the options or the environment, both or neither", () => {
    expect(connect({ url: "http://127.0.0.1:1/", key: "op" })).to.deep.equal({ url: "http://127.0.0.1:1", apiKey: "op" });
    process.env.HUB_URL = "http://127.0.0.1:2";
    expect(() => connect({})).to.throw("Only one of --url and --key is given");
    process.env.HUB_API_KEY = "op";
    expect(connect({})).to.deep.equal({ url: "http://127.0.0.1:2", apiKey: "op" });
  });

  it("gives a remedy when there is no hub", () => {
    expect(() => connect({ data: folder })).to.throw(/No hub runs on .* Start one with npm start/);
    pulumi('echo "error: no stack named staging found" >&2; exit 1');
    expect(() => connect({ stack: "staging" })).to.throw("error: no stack named staging found. Log in with pulumi login");
    writeFileSync(join(folder, "running.json"), JSON.stringify({ ...OUTPUTS, operators: [] }));
    expect(() => connect({ data: folder })).to.throw("no operator");
  });
});
