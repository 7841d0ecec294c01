import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { readLive } from "../../local/live.ts";
import { parseOptions } from "../../local/options.ts";
import type { ResourceIndex } from "../../local/recording.ts";

const parties = [
  { name: "github", auth: { kind: "bearer" }, secrets: { "github/token": ["token"] } },
  { name: "weather", auth: { kind: "none" }, secrets: {} },
  { name: "bank", auth: { kind: "connection" }, secrets: { "bank/sftp": ["host", "password"] } },
];
const index = { all: () => parties.map((inputs) => ({ inputs })) } as unknown as ResourceIndex;

describe("local hub / live third parties", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "live-"));
    path = join(folder, "live.json");
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (content: unknown, mode = 0o600) => {
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    chmodSync(path, mode);
  };
  const secrets = { "github/token": { token: "ghp_secret" } };

  it("are named in one option or several", () => {
    expect(parseOptions(["--live", "a,b", "--live", "b,c"])?.live).to.eql(["a", "b", "c"]);
    expect(parseOptions([])?.live).to.eql([]);
  });

  it("get their secrets and addresses from the file", () => {
    write({ github: { secrets, baseUrl: "http://127.0.0.1:9000" }, other: { secrets: {} } });
    const live = readLive(["github"], path, index);
    expect(Object.fromEntries(live.secrets)).to.eql(secrets);
    expect(live.parties.get("github")).to.include({ baseUrl: "http://127.0.0.1:9000" });
    expect([...live.parties.keys()]).to.eql(["github"]);
  });

  it("need no file without secrets, and none at all where there are none", () => {
    expect([...readLive(["weather"], path, index).parties.keys()]).to.eql(["weather"]);
    expect(readLive([], path, index).parties.size).to.equal(0);
  });

  const refused =
    (content: unknown, pattern: RegExp, names: readonly string[] = ["github"], mode?: number) =>
    () => {
      if (content !== undefined) write(content, mode);
      expect(() => readLive(names, path, index)).to.throw(pattern);
      try {
        readLive(names, path, index);
      } catch (error) {
        expect(String(error)).not.to.include("ghp_secret");
      }
    };
  it("may be connections, whose address is in the secret", () => {
    const bank = { "bank/sftp": { host: "127.0.0.1", password: "of the bank" } };
    write({ bank: { secrets: bank } });
    expect(Object.fromEntries(readLive(["bank"], path, index).secrets)).to.eql(bank);
  });
  it(
    "are refused where a connection has an address beside its secret",
    refused(
      { bank: { secrets: { "bank/sftp": { host: "h", password: "ghp_secret" } }, baseUrl: "https://bank.example.com" } },
      /bank is no HTTP API.*Leave baseUrl and tokenUrl out\./,
      ["bank"],
    ),
  );
  it(
    "are refused where the secret of a connection lacks a key",
    refused({ bank: { secrets: { "bank/sftp": { host: "h" } } } }, /bank lacks the key password of its secret bank\/sftp/, [
      "bank",
    ]),
  );
  it("are refused by a name that no flow uses", refused({}, /"gihub".*Use bank, github, weather\./, ["gihub"]));
  it("are refused without the file", refused(undefined, /can't be read \(ENOENT\)/));
  it("are refused where others can read the file", refused({ github: { secrets } }, /chmod 600/, ["github"], 0o640));
  it(
    "are refused without a key of a secret",
    refused({ github: { secrets: { "github/token": { key: "ghp_secret" } } } }, /lacks the key token/),
  );
  it("are refused without a secret", refused({}, /lacks the key token of its secret github\/token/));
  it("are refused where the file is not JSON", refused('{ "ghp_secret', /live\.json/));
  for (const baseUrl of [
    "http://api.example.com",
    "http://10.0.0.1",
    "ftp://127.0.0.1",
    "nowhere",
    "http://127.0.0.1.example.com",
  ])
    it(`are refused at ${baseUrl}`, refused({ github: { secrets, baseUrl } }, /neither an https URL nor http on this machine/));
});
