import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";

const FOLDER = join(import.meta.dirname, "../../docs/decisions");
const files = readdirSync(FOLDER)
  .filter((file) => /^\d/.test(file))
  .sort();

describe("decision records", () => {
  it("are numbered from 001 without gaps", () => {
    expect(files.map((file) => file.slice(0, 3))).to.deep.equal(files.map((_, i) => String(i + 1).padStart(3, "0")));
  });

  it("begin with number, title, status and date, and the index lists them as they are", () => {
    const rows = files.map((file) => {
      const text = readFileSync(join(FOLDER, file), "utf8");
      const [, number, title, status, date] =
        /^# (\d{3}): (.+)\n\nStatus: (proposed|accepted|superseded) · (\d{4}-\d{2}-\d{2})\b/.exec(text) ?? [];
      expect(number, file).to.equal(file.slice(0, 3));
      return `| [${number}](${file}) | ${title} | ${status} | ${date} |`;
    });
    const index = readFileSync(join(FOLDER, "README.md"), "utf8");
    expect(index.split("\n").filter((line) => line.startsWith("| ["))).to.deep.equal(rows);
  });
});
