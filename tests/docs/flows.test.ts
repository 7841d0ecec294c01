import { readFileSync } from "node:fs";
import { expect } from "chai";
import { describe, it } from "mocha";
import { DEFAULT_RETRY, hmac, publicKey, sharedSecret, signature } from "../../model/index.ts";
import * as certificates from "../../model/signature-certificates.ts";
import * as presets from "../../model/signature-presets.ts";
import * as schemes from "../../model/signature-schemes.ts";

const page = readFileSync(new URL("../../docs/flows.md", import.meta.url), "utf8");

describe("docs/flows.md", () => {
  it("lists every way to verify a webhook, and no other", () => {
    const [, table = ""] = page.split(/^\| `verify` \|.*\n.*\n/m);
    const rows = table.split("\n\n")[0]?.split("\n") ?? [];
    const listed = rows.flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name));
    const exported = [...Object.keys(presets), hmac.name, sharedSecret.name];
    expect({
      missing: exported.filter((name) => !listed.includes(name)),
      unknown: listed.filter((name) => !exported.includes(name ?? "")),
    }).to.deep.equal({ missing: [], unknown: [] });
  });

  it("lists every signature that is no HMAC of the call, and no other", () => {
    const [, table = ""] = page.split(/^\| preset \|.*\n.*\n/m);
    const listed = (table.split("\n\n")[0]?.split("\n") ?? []).map((row) => /`(\w+)`/.exec(row)?.[1]);
    const exported = [...Object.keys(schemes), ...Object.keys(certificates), publicKey.name, signature.name];
    expect([...listed].sort()).to.deep.equal([...exported].sort());
  });

  it("states the default retry policy", () => {
    const { attempts, backoff, ceiling } = DEFAULT_RETRY;
    const options = readFileSync(new URL("../../docs/options.md", import.meta.url), "utf8");
    expect(options.split(`${attempts} attempts, ${backoff}, ${ceiling}`)).to.have.lengthOf(4);
  });
});
