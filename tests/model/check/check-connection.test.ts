import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { api, checkFlow, checkHub, connection, type Flow, flow, step } from "../../../model/index.ts";
import { Asked } from "../samples.ts";

type Options = Parameters<typeof connection>[1];
const sound: Options = { protocol: "sftp", secret: "bank/sftp", keys: ["host", "password"] };
const using = (options: Options, name = "bank") =>
  flow("tested", {
    summary: "s",
    owner: "o",
    source: import.meta.url,
    imports: [Asked],
    steps: { use: step({ on: Asked, emits: [], uses: { bank: connection(name, options) }, handler: () => [] }) },
  });
const problems = (more: object, name?: string) =>
  checkFlow(using({ ...sound, ...more } as Options, name)).map(({ code, where, fact }) => `${code} ${where}: ${fact}`);

describe("checkFlow / connections", () => {
  it("finds nothing wrong with a sound one", () => {
    for (const more of [
      {},
      { protocol: "amqp+tls" },
      { egress: "fixed", port: 22 },
      { safeToRepeat: true },
      { keys: ["API_key2"] },
    ])
      expect(problems(more), JSON.stringify(more)).to.deep.equal([]);
  });

  const wrong: readonly (readonly [string, object, RegExp])[] = [
    ["HTTP", { protocol: "https" }, /protocol: HTTP is no protocol of a connection/],
    ["HTTP in capitals", { protocol: "HTTP" }, /protocol: HTTP is no protocol of a connection/],
    ["an address in place of a protocol", { protocol: "sftp://bank" }, /"sftp:\/\/bank" is no name of a protocol/],
    ["a protocol with a space", { protocol: "my sql" }, /"my sql" is no name of a protocol/],
    ["no protocol", { protocol: "" }, /"" is no name of a protocol/],
    ["no keys", { keys: [] }, /keys: it lists no key/],
    ["a key that is no name", { keys: ["host", "pass-word"] }, /keys: "pass-word" is no name of a key/],
    ["a key twice", { keys: ["host", "user", "host"] }, /keys: "host" is listed twice/],
    ["a port without fixed addresses", { port: 22 }, /egress: a port is opened with fixed addresses only/],
    ["fixed addresses without a port", { egress: "fixed" }, /port: the network with fixed addresses opens no port/],
    ["a port beyond TCP's", { egress: "fixed", port: 65_536 }, /RANGE .*port: 65536 is not a whole number from 1 to 65535/],
    ["a secret that Secrets Manager refuses", { secret: "bank sftp" }, /SECRET|NAME/],
    ["a retry out of range", { retry: { attempts: 0, backoff: "1 second", ceiling: "1 minute" } }, /attempts/],
  ];
  for (const [what, more, expected] of wrong)
    it(`refuses ${what}`, () => {
      const found = problems(more);
      expect(found).to.have.lengthOf(1);
      expect(found[0]).to.match(expected);
    });

  it("refuses a name that is no name of a third party", () => {
    expect(problems({}, "The Bank")).to.match(/not kebab-case/);
  });

  it("takes no time of a synchronous endpoint's budget", () => {
    const trigger = api("GET /balance", {
      mode: "sync",
      emits: Asked,
      request: z.object({}),
      answers: z.object({}),
      uses: { bank: connection("bank", sound) },
      timeout: "4 seconds",
      handler: () => {
        throw new Error("never called");
      },
    });
    const asked = flow("asked", { summary: "s", owner: "o", source: import.meta.url, triggers: { ask: trigger }, steps: {} });
    expect(checkFlow(asked as Flow).filter(({ code }) => code === "DURATION")).to.deep.equal([]);
  });

  it("refuses two flows that declare different ones under one name", () => {
    const other: Flow = { ...using({ ...sound, keys: ["host"] }), name: "other" };
    expect(checkHub([using(sound), other]).map(({ fact }) => fact)).to.include(
      "flow tested declares another third party of this name",
    );
  });
});
