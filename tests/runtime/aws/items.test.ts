import { convertToAttr, unmarshall } from "@aws-sdk/util-dynamodb";
import { expect } from "chai";
import fc from "fast-check";
import { describe, it } from "mocha";
import { itemFrom, marshal, marshalAll } from "../../../runtime/aws/items.ts";
import type { Value } from "../../../runtime/ports.ts";

describe("items", () => {
  it("have DynamoDB's types, empty texts and lists included", () => {
    expect(marshalAll({ text: "", n: -1.5, yes: false, none: null, list: [], map: { a: [1, "b"] } })).to.eql({
      text: { S: "" },
      n: { N: "-1.5" },
      yes: { BOOL: false },
      none: { NULL: true },
      list: { L: [] },
      map: { M: { a: { L: [{ N: "1" }, { S: "b" }] } } },
    });
  });

  const value = fc.letrec<{ value: Value }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0), // DynamoDB has no -0
      fc.array(tie("value")),
      fc.dictionary(fc.stringMatching(/^[a-z]+$/), tie("value"), { noNullPrototype: true }),
    ),
  })).value;

  it("come back as they were written", () => {
    fc.assert(
      fc.property(value, (x) => void expect(itemFrom({ pk: marshal("p"), sk: marshal("s"), x: marshal(x) }).x).to.eql(x)),
    );
  });

  it("are written and read as AWS's own converter does", () => {
    fc.assert(
      fc.property(value, (x) => {
        const theirs = convertToAttr(x, { allowImpreciseNumbers: true, convertClassInstanceToMap: true });
        expect(marshal(x)).to.eql(theirs);
        expect(itemFrom({ x: theirs }).x).to.eql(unmarshall({ x: theirs }, { wrapNumbers: Number }).x);
      }),
    );
  });

  it("may have names that objects inherit", () => {
    const names = JSON.parse(
      '{"__proto__":{"a":1},"constructor":5,"toString":"a","valueOf":{"constructor":null},"hasOwnProperty":[]}',
    ) as Value;
    expect(JSON.stringify(itemFrom({ x: marshal(names) }).x)).to.equal(JSON.stringify(names));
  });

  it("keep large numbers as JavaScript rounds them", () => {
    expect(itemFrom({ n: { N: "12345678901234567890" } }).n).to.equal(Number("12345678901234567890"));
    expect(marshal(1e20)).to.eql({ N: "100000000000000000000" });
  });

  it("are refused with the name of an attribute whose type the hub never writes", () => {
    const binary = { B: new Uint8Array([1]) };
    const refusal = "unexpected DynamoDB type B. Another process may be writing to this table.";
    expect(() => itemFrom({ photo: binary })).to.throw(TypeError, `photo: ${refusal}`);
    expect(() => itemFrom({ list: { L: [{ S: "a" }, { M: { photo: binary } }] } })).to.throw(
      TypeError,
      `list[1].photo: ${refusal}`,
    );
    expect(() => itemFrom({ tags: { SS: ["a"] } })).to.throw(TypeError, "tags: unexpected DynamoDB type SS");
  });

  it("can't hold undefined, NaN or infinity", () => {
    for (const value of [undefined, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => marshalAll({ value: value as number })).to.throw(Error);
  });
});
