import { expect } from "chai";
import { describe, it } from "mocha";
import { createLogger } from "../../../runtime/logging/logger.ts";
import { addToScope, inScope } from "../../../runtime/logging/scope.ts";
import { writtenLines } from "../fakes/written-lines.ts";

describe("logging / a line", () => {
  const lines: string[] = [];
  const to = writtenLines((line) => lines.push(line));
  const log = createLogger({ level: "info", functionName: "f", to });

  it("is JSON, of what JSON can't hold too", () => {
    lines.length = 0;
    log.info("counted", { total: 10n, nested: { total: 2n ** 70n }, skipped: undefined, at: new Date(0), act: () => 1 });
    const [line = ""] = lines;
    expect(line.endsWith("}\n")).to.equal(true);
    expect(JSON.parse(line)).to.deep.include({
      ...{ message: "counted", level: "info", function: "f", total: "10", nested: { total: String(2n ** 70n) } },
      at: "1970-01-01T00:00:00.000Z",
    });
    expect(JSON.parse(line)).to.have.all.keys("message", "level", "function", "timestamp", "total", "nested", "at");
  });

  it("keeps its own fields, whatever the caller gives", () => {
    lines.length = 0;
    inScope(() => {
      addToScope({ requestId: "r-1" });
      log.warn("real", { message: "other", level: "debug", function: "g", requestId: "r-2", timestamp: "never" });
    });
    const line = JSON.parse(lines[0] ?? "") as Readonly<Record<string, string>>;
    expect(line).to.include({ message: "real", level: "warn", function: "f", requestId: "r-1", "fields.timestamp": "never" });
    expect(line.timestamp).to.match(/^\d{4}-/);
  });
});
