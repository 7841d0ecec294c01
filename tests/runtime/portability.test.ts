import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";

const RUNTIME = resolve(import.meta.dirname, "../../runtime");
const AWS = /(?:from|import)\s*\(?\s*"((?:@aws-|@smithy\/|aws-|@aws\/)[^"]*)"/g;

const packagesIn = (source: string) => [...source.matchAll(AWS)].map(([, name = ""]) => name);

describe("runtime / packages of AWS", () => {
  it("stand in runtime/aws alone", () => {
    const found = readdirSync(RUNTIME, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.startsWith("aws/"))
      .map((file) => [file, packagesIn(readFileSync(join(RUNTIME, file), "utf8"))] as const)
      .filter(([, names]) => names.length > 0);
    expect(found).to.deep.equal([]);
  });

  it("are recognised however they are imported", () => {
    const source = 'import { a } from "@aws-sdk/client-s3";\nawait import("@smithy/fetch");\nexport * from "aws-sdk";';
    expect(packagesIn(source)).to.deep.equal(["@aws-sdk/client-s3", "@smithy/fetch", "aws-sdk"]);
  });
});
