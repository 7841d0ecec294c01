import { expect } from "chai";
import { describe, it } from "mocha";
import * as auth from "../../model/auth.ts";
import { DEFAULT_RETRY, hmac, publicKey, sharedSecret, signature } from "../../model/index.ts";
import * as certificates from "../../model/signature-certificates.ts";
import * as presets from "../../model/signature-presets.ts";
import * as schemes from "../../model/signature-schemes.ts";
import { declaredOptions } from "../../tools/options/declarations.ts";
import { blocksIn, textOf } from "./blocks.ts";

const webhooks = textOf("docs/webhooks.md");

/** @returns the presets that a file exports, by name */
const presetsOf = (file: object) => Object.entries(file).filter(([, value]) => typeof value === "function");
/** Presets that are no HMAC of the call. */
const OTHER_PRESETS = presetsOf({ ...schemes, ...certificates }).map(([name]) => name);

describe("the pages on declarations", () => {
  it("list every way to verify a webhook, and no other", () => {
    const [, table = ""] = webhooks.split(/^\| `verify` \|.*\n.*\n/m);
    const rows = table.split("\n\n")[0]?.split("\n") ?? [];
    const listed = rows.flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name));
    const exported = [...Object.keys(presets), hmac.name, sharedSecret.name];
    expect({
      missing: exported.filter((name) => !listed.includes(name)),
      unknown: listed.filter((name) => !exported.includes(name ?? "")),
    }).to.deep.equal({ missing: [], unknown: [] });
  });

  it("list every signature that is no HMAC of the call, and no other", () => {
    const [, table = ""] = webhooks.split(/^\| preset \|.*\n.*\n/m);
    const listed = (table.split("\n\n")[0]?.split("\n") ?? []).map((row) => /`(\w+)`/.exec(row)?.[1]);
    const exported = [...OTHER_PRESETS, publicKey.name, signature.name];
    expect([...listed].sort()).to.deep.equal([...exported].sort());
  });

  it("name the presets whose ids are not signed, and whose tolerance is not the usual one", () => {
    const cell = (option: string) => new RegExp(`^\\| \`${option}\` \\| (.*) \\|$`, "m").exec(webhooks)?.[1] ?? "";
    const named = (text: string) => [...text.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
    const made = presetsOf({ ...presets, ...schemes, ...certificates }).map(([name, preset]) => {
      const verification = preset({ secret: "any/hook", url: "https://api.example.com/hook" });
      return { name, tolerance: undefined, ...verification };
    });
    const distinct = made.filter((of) => of.identicalBodies === "distinct").map(({ name }) => name);
    expect(named(cell("identicalBodies")).sort()).to.deep.equal([...distinct, "sharedSecret", "deliveryId"].sort());
    const [stated = ""] = cell("tolerance").split("Fixed");
    const unusual = made.filter((of) => of.tolerance !== undefined && of.tolerance !== "5 minutes");
    expect(stated.match(/`\w+` \d+ \w+/g)?.sort()).to.deep.equal(
      unusual.map(({ name, tolerance }) => `\`${name}\` ${tolerance}`).sort(),
    );
  });

  it("show by a compiled example whatever adapters and webhooks can declare", () => {
    const pages = ["docs/flows.md", "docs/webhooks.md", "docs/third-parties.md"];
    const code = blocksIn("ts")
      .filter(({ page: of }) => pages.includes(of))
      .map(({ text }) => text.replaceAll(/^ *\/\/.*$|\/\/ .*$/gm, ""))
      .join("\n");
    const credentials = Object.keys(auth).filter(
      (name) => !["isOAuth2", "signsTokens", "placeholders", "keysOfAuth", "templatesOf", "SIGNED_PARTS"].includes(name),
    );
    const bodies = [
      "form",
      "multipart",
      "text",
      "xml",
      "bytes",
      "stream",
      "nothing",
      "withHeaders",
      "fromInput",
      "fromSecret",
      "secretUrl",
    ];
    const verified = [hmac, sharedSecret, publicKey, signature].map(({ name }) => name);
    const handshakes = ["slack", "zoom", "twitch", "discord", "meta", "dropbox", "trello"];
    const called = [...credentials, ...bodies, ...verified, ...handshakes, ...OTHER_PRESETS];
    const options = declaredOptions().flatMap(({ name, options: of }) =>
      ["adapter", "call", "webhook", "hmac"].includes(name) ? of.map((option) => option.name) : [],
    );
    const styles = ['by: "link"', 'by: "cursor"', 'by: "page"', 'by: "offset"', 'clientAuth: "private_key_jwt"', 'mode: "sync"'];
    // What every trigger has.
    const declarable = options
      .filter((name) => name !== "summary" && !name.startsWith("throttle"))
      .map((name) => name.split(".").at(-1));
    expect([
      ...called.filter((name) => !new RegExp(`\\b${name}\\(`).test(code)),
      ...declarable.filter((name) => !new RegExp(`\\b${name}(:|,$)`, "m").test(code)),
      ...styles.filter((style) => !code.includes(style)),
    ]).to.deep.equal([]);
  });

  it("list the keys of each kind of secret", () => {
    const [, table = ""] = textOf("docs/third-parties.md").split("| `auth` | what is sent | keys of the secret |");
    const rows = [...(table.split("\n\n")[0] ?? "").matchAll(/^\| `(\w+)` \| .* \| (.*)\|$/gm)];
    const listed = new Map(rows.map(([, name = "", keys = ""]) => [name, [...keys.matchAll(/`(\w+)`/g)].map(([, key]) => key)]));
    const secret = "any/secret";
    const [tokenUrl, headers] = ["/token", { "X-Sign": "{signature}" }];
    const made: Readonly<Record<string, auth.Auth>> = {
      noAuth: auth.noAuth(),
      bearer: auth.bearer({ secret }),
      basic: auth.basic({ secret }),
      apiKey: auth.apiKey({ secret, header: "X-Key" }),
      oauth2ClientCredentials: auth.oauth2ClientCredentials({ secret, tokenUrl }),
      oauth2RefreshToken: auth.oauth2RefreshToken({ secret, tokenUrl }),
      oauth2JwtBearer: auth.oauth2JwtBearer({ secret, tokenUrl }),
      hmacSigned: auth.hmacSigned({ secret, signed: "{body}", headers }),
      awsSigV4: auth.awsSigV4({ secret, service: "s3", region: "eu-west-1" }),
    };
    expect([...listed.keys()]).to.have.members(Object.keys(made));
    const ofClient = auth.keysOfAuth(auth.oauth2ClientCredentials({ secret, tokenUrl, clientAuth: "private_key_jwt" }));
    expect(listed.get("oauth2ClientCredentials")).to.include.members([...ofClient]);
    for (const [name, of] of Object.entries(made)) {
      // "As above": the keys of the row before.
      const keys = auth.keysOfAuth(of).filter((key) => name !== "oauth2RefreshToken" || !key.startsWith("client"));
      expect(listed.get(name), name).to.include.members([...keys]);
    }
  });

  it("state the default retry policy", () => {
    const { attempts, backoff, ceiling } = DEFAULT_RETRY;
    expect(textOf("docs/options.md").split(`${attempts} attempts, ${backoff}, ${ceiling}`)).to.have.lengthOf(4);
  });
});
