import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { listRequests } from "../../cli/requests.ts";

const request = (requestId: string, createdAt: string) => ({
  requestId,
  flow: "f",
  status: "running",
  createdAt,
  correlationId: requestId,
});

describe("cli / requests list", () => {
  let server: Server;
  afterEach(() => server.close());
  /** A hub that answers each key with its page. */
  const hubOf = async (pages: Readonly<Record<string, object>>) => {
    server = createServer(({ headers }, response) => response.end(JSON.stringify(pages[String(headers["x-api-key"])])));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const [apiKey = "", ...otherKeys] = Object.keys(pages);
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, apiKey, otherKeys };
  };
  const idsOf = (text: string) => [...text.matchAll(/\b[a-z]-\d\b/g)].map(([id]) => id);

  it("lists the requests of all consumers, the newest first and each once", async () => {
    const hub = await hubOf({
      operator: { requests: [] },
      shop: { requests: [request("s-2", "2026-11-28T10:02:00Z"), request("s-1", "2026-11-28T10:00:00Z")] },
      office: { requests: [request("o-1", "2026-11-28T10:01:00Z"), request("s-1", "2026-11-28T10:00:00Z")] },
    });
    expect(idsOf(await listRequests(hub, {}))).to.deep.equal(["s-2", "o-1", "s-1"]);
  });

  it("ends where the first page that goes on ends, so that --to skips nothing", async () => {
    const hub = await hubOf({
      shop: { requests: [request("s-2", "2026-11-28T10:02:00Z"), request("s-1", "2026-11-28T10:01:00Z")], cursor: "c" },
      office: { requests: [request("o-2", "2026-11-28T10:01:30Z"), request("o-1", "2026-11-28T10:00:00Z")] },
    });
    const text = await listRequests(hub, {});
    expect(idsOf(text)).to.deep.equal(["s-2", "o-2", "s-1"]);
    expect(text).to.include("Go on with --to 2026-11-28T10:01:00Z");
  });

  it("says of a single key that another one may have requests", async () => {
    expect(await listRequests(await hubOf({ shop: { requests: [] } }), {})).to.include(
      "Give the API key of a consumer of another tenant",
    );
    server.close();
    expect(await listRequests(await hubOf({ shop: { requests: [] }, office: { requests: [] } }), {})).to.equal("no requests");
  });
});
