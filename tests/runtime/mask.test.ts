import { expect } from "chai";
import { describe, it } from "mocha";
import { invoke } from "../../emulator/apigateway/vtl/java-methods.ts";
import { assertDepth } from "../../emulator/apigateway/vtl/values.ts";
import { masked, maskedText, rememberSecrets } from "../../runtime/mask.ts";

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";

describe("dead letters / mask", () => {
  for (const [text, shown] of [
    [`token ${JWT} end`, "token *** end"],
    [`a.${JWT}`, "a.***"],
    [`id-${JWT}.more`, "id-***.more"],
    [`${JWT}.${JWT}`, "***.***"],
    ["eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "***"],
    ["eyJhbGciOiJub25lIn0", "eyJhbGciOiJub25lIn0"],
    ["www.example.com/eyJ.a.b", "www.example.com/eyJ.a.b"],
    ["version 1.2.3.", "version 1.2.3."],
    ["Bearer abcdefgh12345, sk_live_abcdefgh", "***, ***"],
  ] as const)
    it(`of ${text.slice(0, 40)}`, () => expect(maskedText(text)).to.equal(shown));

  // The repetition is what a caller can send. With work that grows by the square, each of these takes hours, and mocha ends the test.
  const TIMES = 200_000;
  for (const part of [
    "eyJ-",
    "eyJ-eyJ-aaaaaaaa.",
    "eyJaaaaaaaa.aaaa-",
    "bearer ",
    "bearer\n",
    "basic aaaaaaa ",
    "sk_",
    "sk_live_",
    "ghp_a-",
    "-----BEGIN ",
    "-----BEGIN A PRIVATE KEY-----",
    "-----END A ",
    ".",
    "a.",
    " ",
  ])
    it(`takes ${TIMES} times ${JSON.stringify(part)}`, () => {
      expect(maskedText(part.repeat(TIMES))).to.be.a("string");
      expect(maskedText(`-----BEGIN PRIVATE KEY-----${part.repeat(TIMES)}`)).to.equal("***");
    });

  it("takes as large texts at the gateway", () => {
    for (const part of ['\\"', '"\\', "\\\\", '"a', "[]"]) expect(() => assertDepth(`"${part.repeat(TIMES)}`)).not.to.throw();
    expect(() => assertDepth("[".repeat(1_001))).to.throw("nested more than");
    expect(() => assertDepth(`"${"[".repeat(2_000)}`)).not.to.throw();
    expect(invoke(`a${" ".repeat(TIMES)}b  \0`, "trim", [], "$a")).to.equal(`a${" ".repeat(TIMES)}b`);
  });
});

describe("secrets that a process has read", () => {
  const rotate = (prefix: string) => {
    for (let times = 0; times < 150; times += 1) rememberSecrets([`${prefix}-rotated-${times}`]);
  };

  it("hide the parts of a URL among them, each alone, and no word or host of it", () => {
    rememberSecrets([
      "https://hooks.chat.example.com/services/T0TEAM77/B0BOT777/xoxQUIETxox?api-version=1&sig=a%2Fb%3Dquiet%2Bsig",
      "postgres://hub:p%40ss-quiet-1@db.example.com/orders",
      "amqps://hub:quietmarsh@mq.example.com",
    ]);
    for (const part of [
      "T0TEAM77",
      "B0BOT777",
      "xoxQUIETxox",
      "a%2Fb%3Dquiet%2Bsig",
      "a/b=quiet+sig",
      "p%40ss-quiet-1",
      "p@ss-quiet-1",
      "quietmarsh",
    ])
      expect(masked(`it said ${part}.`), part).to.equal("it said ***.");
    const words = "services of hooks.chat.example.com and db.example.com, api-version, orders";
    expect(masked(words)).to.equal(words);
  });

  it("stay hidden while they are read again, however often others are rotated", () => {
    rememberSecrets(["wholesale quiet lamp"]);
    rotate("first");
    rememberSecrets(["wholesale quiet lamp"]);
    rotate("second");
    expect(masked("it said wholesale quiet lamp")).to.equal("it said ***");
  });

  it("are forgotten, the one first that was not read for the longest time", () => {
    rememberSecrets(["orchard narrow gate"]);
    for (const prefix of ["third", "fourth"]) rotate(prefix);
    expect(masked("it said orchard narrow gate")).to.equal("it said orchard narrow gate");
    expect(masked("fourth-rotated-149")).to.equal("***");
  });
});
