import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";

const RUNTIME = resolve(import.meta.dirname, "../../runtime");
/** No services of AWS: docs/portability.md says what each is for. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "third-party/sign.ts": ["@smithy/signature-v4"],
};
const AWS = /(?:from|import)\s*\(?\s*"((?:@aws-|@smithy\/|aws-|@aws\/)[^"]*)"/g;

const packagesIn = (source: string) => [...source.matchAll(AWS)].map(([, name = ""]) => name);

describe("runtime / packages of AWS", () => {
  it("stand in runtime/aws alone, but for those that docs/portability.md names", () => {
    const found = readdirSync(RUNTIME, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.startsWith("aws/"))
      .map((file) => [file, packagesIn(readFileSync(join(RUNTIME, file), "utf8"))] as const)
      .filter(([, names]) => names.length > 0);
    expect(Object.fromEntries(found.map(([file, names]) => [file, [...new Set(names)].sort()]))).to.deep.equal(ALLOWED);
    const page = readFileSync(resolve(RUNTIME, "../docs/portability.md"), "utf8");
    for (const [file, [name = ""]] of Object.entries(ALLOWED)) {
      expect(page).to.include(name);
      expect(page).to.include(file);
    }
  });

  it("are recognised however they are imported", () => {
    const source = 'import { a } from "@aws-sdk/client-s3";\nawait import("@smithy/fetch");\nexport * from "aws-sdk";';
    expect(packagesIn(source)).to.deep.equal(["@aws-sdk/client-s3", "@smithy/fetch", "aws-sdk"]);
  });
});
