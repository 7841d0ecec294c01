import { expect } from "chai";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import { lines, TerminalError } from "../../model/index.ts";

async function* chunksOf(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

async function read(bytes: Uint8Array, sizes: readonly number[] = [], longest?: number): Promise<string[]> {
  const all: string[] = [];
  for await (const line of lines(chunksOf(bytes, sizes), longest === undefined ? {} : { longest })) all.push(line);
  return all;
}

describe("lines", () => {
  it("are the same wherever the chunks are cut", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n\ufeff]/g, ""))),
        fc.array(fc.nat(9)),
        fc.constantFrom("\n", "\r\n"),
        async (texts, sizes, end) => {
          const bytes = Buffer.from(texts.map((text) => `${text}${end}`).join(""));
          expect(await read(bytes, sizes)).to.deep.equal(texts);
        },
      ),
    ));

  it("have a last one without a line break, and no byte order mark", async () => {
    expect(await read(Buffer.from("\ufeffa\n\nb"), [1, 1])).to.deep.equal(["a", "", "b"]);
    expect(await read(Buffer.from(""))).to.deep.equal([]);
  });

  for (const [what, bytes, code] of [
    ["a line without end", Buffer.from("a\nbbbbb"), "RESPONSE_TOO_LARGE"],
    ["bytes that are not UTF-8", Buffer.from([0x61, 0xff]), "INVALID_RESPONSE"],
    ["a character that is cut off", Buffer.from([0x61, 0xc3]), "INVALID_RESPONSE"],
  ] as const)
    it(`refuse ${what}`, async () => {
      const error = await read(bytes, [1], 4).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(TerminalError);
      expect((error as TerminalError).code).to.equal(code);
    });
});
