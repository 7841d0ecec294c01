import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { afterEach, beforeEach, describe, it } from "mocha";
import { faultsOf, setFault } from "../../../console/server/faults.ts";
import type { Problem } from "../../../console/server/problem.ts";
import { FAULT_MODES } from "../../../protocol/faults.ts";
import { COMPONENTS } from "../../../protocol/kinds.ts";

const party = (name: string, more: object = {}) => ({
  ...{ urn: name, type: COMPONENTS.thirdParty, name, parent: undefined, outputs: {} },
  inputs: { name, baseUrl: `https://${name}.example`, auth: { kind: "none" }, operations: [], ...more },
});

describe("the sandbox's faults", () => {
  let sandbox: Server;
  let asked: string[];
  let answer: { status: number; body: unknown };
  let hub: Parameters<typeof faultsOf>[0];
  beforeEach(async () => {
    asked = [];
    answer = { status: 200, body: [] };
    sandbox = createServer((request, response) => {
      request.on("data", (chunk: Buffer) => asked.push(`${request.method} ${request.url} ${chunk}`));
      request.on("end", () => response.writeHead(answer.status).end(JSON.stringify(answer.body)));
    });
    await new Promise<void>((resolve) => sandbox.listen(0, "127.0.0.1", resolve));
    hub = {
      sandboxUrl: `http://127.0.0.1:${(sandbox.address() as AddressInfo).port}`,
      live: ["slack"],
      resources: [
        party("erp"),
        party("bank", { clientCertificate: "bank/tls" }),
        party("slack"),
        party("db", { auth: { kind: "connection" } }),
      ],
    };
  });
  afterEach(() => void sandbox.close());
  const refusal = (of: Promise<unknown>) => of.catch((error: Problem) => [error.status, error.message]);

  it("are those of each third party that it plays, with what can be set; of the others, the reason", async () => {
    const fault = { target: "erp", mode: "error", status: 422, times: 3 } as const;
    answer.body = [fault, { target: "bank", operation: "pay", mode: "hang" }];
    expect(await faultsOf(hub)).to.deep.equal({
      bank: { modes: [...FAULT_MODES], active: [{ target: "bank", operation: "pay", mode: "hang" }] },
      db: { reason: "not HTTP" },
      erp: { modes: FAULT_MODES.filter((mode) => mode !== "expired-certificate"), active: [fault] },
      slack: { reason: "called at its real address" },
    });
  });

  it("are set as the sandbox takes them, and refused in its words", async () => {
    const body = '{"target":"erp","mode":"hang"}';
    await setFault(hub, body);
    expect(asked).to.deep.equal([`PUT /_faults ${body}`]);
    answer = { status: 400, body: { error: "invalid_fault", problems: ["Unknown third party.", "Unknown mode."] } };
    expect(await refusal(setFault(hub, "{}"))).to.deep.equal([400, "Unknown third party. Unknown mode."]);
  });

  it("are not known where the sandbox does not answer", async () => {
    const sandboxUrl = hub.sandboxUrl;
    await new Promise((resolve) => sandbox.close(resolve));
    const [status, text] = (await refusal(faultsOf(hub))) as [number, string];
    expect([status, text.startsWith(`The sandbox does not answer at ${sandboxUrl}: `)]).to.deep.equal([502, true]);
  });
});
