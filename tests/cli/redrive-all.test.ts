import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { afterEach, describe, it } from "mocha";
import { redriveAll } from "../../cli/redrive-all.ts";

interface Letter {
  readonly id: string;
  at: string;
  state: string;
}
/** When the first run begins: after all of the letters. */
const NOW = Date.parse("2026-01-02T00:00:00Z");
const AT_ONCE = { now: NOW, wait: async () => {} };
const timeOf = (n: number) => new Date(Date.parse("2026-01-01T00:00:00Z") + Math.floor(n / 3)).toISOString();

describe("cli / redrive all", () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
    server?.closeAllConnections();
  });

  /** An ops API with this many open dead letters, three a millisecond. @param fails whether one that was sent back fails again */
  async function hubWith(count: number, fails: (n: number) => boolean) {
    const letters: Letter[] = Array.from({ length: count }, (_, n) => ({ id: String(n), at: timeOf(n), state: "open" }));
    const pages: number[] = [];
    const redriven: string[] = [];
    server = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? "", "http://localhost");
      let text = "";
      request.on("data", (chunk) => (text += chunk));
      request.on("end", () => {
        if (request.method === "GET") {
          const limit = Number(searchParams.get("limit"));
          const [from, to] = [searchParams.get("from") ?? "", searchParams.get("to") ?? "~"];
          const open = letters
            .filter(({ state, at }) => state === "open" && at >= from && at < to)
            .sort((a, b) => (a.at < b.at ? 1 : -1));
          const deadLetters = open.slice(0, limit);
          pages.push(deadLetters.length);
          const more = open.length > limit;
          const next = more ? new Date(Date.parse(open[limit]?.at ?? "") + 1).toISOString() : undefined;
          response.end(JSON.stringify({ deadLetters, more, next }));
          return;
        }
        const { ids } = JSON.parse(text) as { ids: string[] };
        for (const id of ids) {
          const letter = letters[Number(id)];
          if (!letter) continue;
          redriven.push(id);
          if (fails(redriven.length)) letter.at = new Date(NOW + 60_000).toISOString();
          else letter.state = "redriven";
        }
        response.end(JSON.stringify({ results: ids.map((id) => ({ id, state: "redriven" })) }));
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { hub: { url, apiKey: "k" }, letters, pages, redriven };
  }

  it("sends each back once, page by page, at the rate", async () => {
    const { hub, pages, redriven } = await hubWith(5_000, () => false);
    let waited = 0;
    const done = await redriveAll(hub, [], 50, {
      now: NOW,
      wait: async (ms) => {
        waited += ms;
      },
    });
    expect(done).to.deep.equal({ redriven: 5_000, refused: 0, results: [] });
    expect([redriven.length, new Set(redriven).size]).to.deep.equal([5_000, 5_000]);
    expect(Math.max(...pages)).to.be.at.most(100);
    expect(waited).to.be.closeTo(100_000, 1);
  });

  it("stops by itself when they fail again, and goes on from there", async () => {
    let mended = false;
    const { hub, letters, redriven } = await hubWith(5_000, (n) => !mended && n > 1_000);
    const first = await redriveAll(hub, [], 1_000, AT_ONCE);
    expect(first.stopped?.watched).to.equal(1_000);
    expect(first.redriven).to.be.within(1_100, 1_300);
    mended = true;
    const rest = await redriveAll(hub, [["to", first.stopped?.to ?? ""]], 1_000, AT_ONCE);
    expect(rest.stopped).to.equal(undefined);
    // Those of the millisecond at which it stopped, and those that failed again, are left to a run without `to`.
    await redriveAll(hub, [], 1_000, AT_ONCE);
    expect(redriven.length).to.be.at.least(5_000);
    expect(letters.filter(({ state, at }) => state === "open" && at < new Date(NOW).toISOString())).to.deep.equal([]);
  });
});
