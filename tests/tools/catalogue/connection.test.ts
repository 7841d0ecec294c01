import { expect } from "chai";
import { describe, it } from "mocha";
import { describeThirdParty } from "../../../components/third-party/description.ts";
import { catalogueOf as consoleCatalogue } from "../../../console/server/catalogue.ts";
import { flowDrawing, hubDrawing } from "../../../console/server/drawing.ts";
import { partyOverview } from "../../../console/server/overview.ts";
import bankStatements from "../../../examples/bank-statements.ts";
import { adaptersOf, type Flow, graph } from "../../../model/index.ts";
import { COMPONENTS } from "../../../protocol/kinds.ts";
import { hubModel } from "../../../tools/catalogue/hub-model.ts";
import { flowchart, hubMap } from "../../../tools/catalogue/mermaid.ts";
import { thirdPartyPage } from "../../../tools/catalogue/third-party-page.ts";
import { fakeHub } from "../../console/server/hub.ts";

const statements: Flow = bankStatements;
const hub = hubModel([statements]);

describe("catalogue / a connection", () => {
  it("has a page with its protocol, its secret and its users, and no operations", () => {
    const [party] = hub.parties;
    const text = party ? thirdPartyPage(party) : "";
    expect(text).to.include("| protocol | `sftp`: handlers connect by themselves |");
    expect(text).to.include("| secrets | `bank-files/sftp` (`host`, `port`, `username`, `password`, `hostKey`) |");
    expect(text).to.include("| [bank-statements](../flows/bank-statements.md) | step fetch |");
    expect(text).not.to.match(/Operations|base URL|timeout|rate limit/);
  });

  it("stands with its protocol in the flow's diagram and on the map", () => {
    const [flow] = hub.flows;
    expect(flow && flowchart(flow)).to.include('[("bank-files (sftp)")]');
    expect(hubMap(hub)).to.include('[("bank-files (sftp)")]');
  });
});

describe("console / a connection", () => {
  const [adapter] = adaptersOf(statements);
  const resource = (type: string, inputs: object) => ({ type, name: "x", urn: type, inputs });
  const resources = [
    resource(COMPONENTS.flow, { graph: graph(statements) }),
    resource(COMPONENTS.thirdParty, adapter ? describeThirdParty(adapter, {}) : {}),
  ];
  const { hub: shown } = fakeHub({ resources } as unknown as Parameters<typeof fakeHub>[0]);

  it("has a page without breaker and rate limit", async () => {
    expect(await partyOverview(shown, "bank-files")).to.deep.equal({
      ...{ name: "bank-files", baseUrl: "sftp:", auth: "connection", rateLimit: "", breaker: "none", failures: 0 },
      ...{ openUntil: "", calls: null, users: ["bank-statements / fetch"] },
    });
  });

  it("stands with its protocol in both drawings, and in the catalogue", () => {
    const boxes = [flowDrawing(graph(statements)), hubDrawing([graph(statements)])].flatMap(({ nodes }) => nodes);
    const parties = boxes.filter(({ kind }) => kind === "party").map(({ label, detail }) => `${label} ${detail}`);
    expect(parties).to.deep.equal(["bank-files sftp", "bank-files sftp"]);
    expect(consoleCatalogue(shown).parties).to.deep.equal([{ name: "bank-files", baseUrl: "sftp:", operations: [] }]);
  });
});
