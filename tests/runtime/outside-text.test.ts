import { expect } from "chai";
import { describe, it } from "mocha";
import * as z from "zod";
import { xml } from "../../model/xml.ts";
import { digitsOf, exactJson } from "../../runtime/exact-json.ts";
import { secondsIn } from "../../runtime/third-party/access-tokens.ts";
import { LONGEST_WORD, lastWordOf, previewOf } from "../../runtime/third-party/answer-preview.ts";
import { nextLink } from "../../runtime/third-party/pages.ts";

/** Characters of a large answer. */
const MANY = 1_000_000;
/** Characters of what is read of an answer, and how often its end is sought: with the square of them, twenty minutes. */
const SOME = 16_000;
const TIMES = 4_000;

// Callers and third parties choose these texts. Work that grows by the square takes hours for them, and mocha ends the test.
describe("texts from outside take work by their length", () => {
  const zeros = "0".repeat(MANY);

  it("in the digits of a number", () => {
    for (const [source, why] of [
      [`9007199254740993.${zeros}1`, "rounded"],
      [`9007199254740992.${zeros}`, undefined],
      [`1${zeros}`, "too-large"],
      [`1e${zeros}22`, undefined],
    ] as const)
      expect(exactJson(`{"n":${source}}`).kept.map((kept) => kept.why)).to.deep.equal(why === undefined ? [] : [why]);
    expect(digitsOf(`[1.${zeros}1]`)).to.deep.equal([`1.${zeros}1`]);
  });

  it("in a number of XML", () => {
    const numbers = xml(z.object({ a: z.object({ n: z.number() }) }));
    const read = (text: string): unknown => {
      const { a } = (numbers.codec?.read(`<a><n>${text}</n></a>`) ?? {}) as { readonly a?: { readonly n: unknown } };
      return a?.n;
    };
    for (const text of ["1".repeat(MANY), `1.${"1".repeat(MANY)}`, `${" ".repeat(MANY)}1`])
      expect(read(`${text}x`)).to.be.a("string");
    expect(read(`1.${zeros}`)).to.equal(1);
  });

  it("in the lifetime of a token", () => {
    expect(secondsIn(`1${" ".repeat(MANY)}x`)).to.equal(undefined);
    expect(secondsIn(`${" ".repeat(MANY)}60 s ${" ".repeat(MANY)}`)).to.equal(60);
  });

  it("in a Link header", () => {
    for (const part of ["<", "<a>;", ';a="', "<a>;a=b,"]) expect(nextLink(part.repeat(MANY / part.length))).to.equal(undefined);
  });

  it("in the preview of an answer that can't be read", () => {
    const answer = (text: string) => ({
      url: "https://a.example.com",
      status: 200,
      headers: new Headers(),
      bytes: Buffer.from(text),
    });
    const word = "a".repeat(SOME * 2);
    for (let times = 0; times < TIMES; times += 1) expect(lastWordOf(word.slice(0, SOME))).to.equal(SOME - LONGEST_WORD);
    expect(previewOf(answer(`${word} ${word}`), []).text).to.match(/^a+$/);
    expect(previewOf(answer(`begin ${word}`), []).text).to.match(/^begin a+/);
  });
});
