import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";
import { eventually } from "./client.ts";
import { hubOf } from "./copy.ts";
import { operatorOf } from "./operator.ts";
import { ROOT, requestOf } from "./support.ts";

type Line = Readonly<Record<string, unknown>>;

describe("end to end / logs of a handler", function () {
  this.timeout(300_000);
  const here = hubOf(["talkative"], { speed: 4 });

  const lineOf = (requestId: string, text: string): Promise<Line> =>
    eventually(`the log of ${requestId} says "${text}"`, () =>
      here.lines.map(({ message }) => message as Line).find((line) => line.requestId === requestId && line.message === text),
    );
  const blocked = async (how: string) => {
    const requestId = await requestOf(await here.client.post("/cases", { name: "Ada Lovelace", how }));
    await here.client.reaches(requestId, "blocked");
    return requestId;
  };
  const thrownAt =
    readFileSync(join(ROOT, "tests/e2e/flows/talkative.ts"), "utf8")
      .split("\n")
      .findIndex((line) => line.includes("// thrown here")) + 1;

  it("hold the flow's own file and line of what it threw, with the causes", async () => {
    const line = await lineOf(await blocked("odd"), "step failed; message dead-lettered");
    expect(line.stack).to.match(new RegExp(`flows/talkative\\.ts:${thrownAt + 1}:`));
    const [cause] = line.causes as readonly Line[];
    expect(cause?.message).to.equal("the archive is full");
    expect(cause?.stack).to.match(new RegExp(`flows/talkative\\.ts:${thrownAt}:`));
  });

  it("hold it of a terminal error, too", async () => {
    const line = await lineOf(await blocked("terminal"), "step failed; message dead-lettered");
    expect(line).to.include({ code: "TERMINAL", error: "never for ***" });
    expect(line.stack).to.match(new RegExp(`flows/talkative\\.ts:${thrownAt + 1}:`));
  });

  it("hold what it writes to the console as lines with its ids, personal data masked", async () => {
    const requestId = await blocked("odd");
    const line = await lineOf(requestId, "closing the case of ***");
    expect(line).to.include({ level: "info", requestId, correlationId: requestId, flow: "talkative", step: "close", attempt: 1 });
    const ended = here.lines.map(({ message }) => message as Line).filter(({ message }) => message === "invocation ended");
    expect(ended[0]?.durationMs).to.be.a("number");
    expect(JSON.stringify(here.lines)).not.to.include("Lovelace");
  });

  it("hold everything about a request of which an operator asks for it by X-Debug, and of no other caller's", async () => {
    const operator = operatorOf(here.hub);
    const opened = async (by: typeof here.client, id: string) => {
      const headers = { "X-Debug": "true", "X-Correlation-ID": id };
      const requestId = await requestOf(await by.post("/cases", { name: "Ada Lovelace", how: "odd" }, headers));
      await by.reaches(requestId, "blocked");
      return requestId;
    };
    const debugged = await opened(operator, "debugged");
    const other = await opened(here.client, "not-debugged");
    expect(await lineOf(debugged, "reading the case")).to.include({ level: "debug", correlationId: "debugged", step: "close" });
    await lineOf(other, "step failed; message dead-lettered");
    const lines = here.lines.map(({ message }) => message as Line).filter(({ requestId }) => requestId === other);
    expect(lines.filter(({ level }) => level === "debug")).to.deep.equal([]);
  });

  it("and the view of its dead letter, show no personal data either", async () => {
    const operator = operatorOf(here.hub);
    const { id } = await operator.deadLetterOf(await blocked("terminal"));
    const shown = (await (await operator.get(`/ops/dead-letters/${id}`)).json()) as Line;
    expect(shown).to.include({ errorMessage: "never for ***" });
    expect(shown.message).to.have.nested.property("detail.data").that.deep.equals({ name: "***", how: "terminal" });
  });
});
