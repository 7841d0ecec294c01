import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { digitsOf, exactJson, keptText } from "../../runtime/exact-json.ts";

describe("exact JSON", () => {
  const kept: readonly (readonly [source: string, why: "rounded" | "too-large" | undefined])[] = [
    ["9007199254740991", undefined],
    ["9007199254740993", "rounded"],
    ["-9007199254740993", "rounded"],
    ["9007199254740993.0", "rounded"],
    ["9.007199254740993e15", "rounded"],
    ["90071992547409.93E2", "rounded"],
    ["9007199254740994", undefined],
    ["1152921506151679043", "rounded"],
    ["12345678901234567.89", "rounded"],
    ["100000000000000000000", undefined],
    ["1e23", undefined],
    ["0.1", undefined],
    ["0.12345678901234567890", undefined],
    ["1e-400", undefined],
    ["1.7976931348623157e308", undefined],
    ["1e400", "too-large"],
    ["-1e309", "too-large"],
  ];
  for (const [source, why] of kept)
    it(`${source}: ${why ?? "a number"}`, () => {
      for (const text of [`{"n":${source}}`, `[{"n": ${source} }]`, `{"a":"3e5","n":\n${source}}`]) {
        const read = exactJson(text);
        const [holder] = [read.value].flat() as { readonly n: unknown }[];
        expect(holder?.n).to.equal(why === undefined ? Number(source) : source);
        expect(read.kept).to.deep.equal(why === undefined ? [] : [{ key: "n", source, why }]);
      }
    });

  it("is JSON.parse for what JavaScript wrote itself", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(exactJson(text)).to.deep.equal({ value: JSON.parse(text), kept: [] });
      }),
    );
  });

  it("never changes the digits of an integer", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }), (integer) => {
        const { value } = exactJson(`[${integer}]`) as { readonly value: readonly [number | string] };
        const [read] = value;
        if (typeof read === "string") expect(read).to.equal(String(integer));
        else expect(BigInt(read.toLocaleString("en", { useGrouping: false }))).to.equal(integer);
      }),
    );
  });

  it("knows a number wherever it stands", () => {
    const n = "9007199254740993";
    for (const text of [n, ` ${n}`, `[${n}]`, `[1,${n}]`, `[1,\t${n}]`, `-${n}`, `[[],-${n}]`])
      expect(
        exactJson(text).kept.map(({ source }) => source.replace("-", "")),
        text,
      ).to.deep.equal([n]);
  });

  it("refuses what is no JSON, or too deep", () => {
    for (const text of ["", "{", "01", "[1,]", `${"[".repeat(50_000)}1e5`])
      expect(() => exactJson(text), text.slice(0, 9)).to.throw(SyntaxError);
  });

  it("shows each number as it is written, where digits identify", () => {
    expect(digitsOf('{"a":1.50,"b":[1e2,"3"],"c":null}')).to.deep.equal({ a: "1.50", b: ["1e2", "3"], c: null });
  });

  it("says in an error which numbers became text", () => {
    const { kept: found } = exactJson('{"id":1152921506151679043}');
    expect(keptText(found)).to.contain("id (1152921506151679043)").and.contain("int64()");
    expect(keptText([])).to.equal("");
  });
});
