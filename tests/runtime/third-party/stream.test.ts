import { expect } from "chai";
import { describe, it } from "mocha";
import { failureOf } from "../../../runtime/errors.ts";
import type { Fetch } from "../../../runtime/ports.ts";
import { send } from "../../../runtime/third-party/send.ts";

const NEVER = new AbortController().signal;
const request = { method: "GET", url: "https://erp.example.com/export", headers: {}, body: undefined };

/** A third party that answers with these chunks; after the last one it stays silent when `hangs`, until the call is aborted. */
function answering(chunks: readonly string[], { status = 200, hangs = false } = {}) {
  const seen = { pulled: 0, cancelled: false };
  const fetch: Fetch = async (_url, { signal }) => {
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => signal.addEventListener("abort", () => controller.error(signal.reason)),
        pull: (controller) => {
          const chunk = chunks[seen.pulled];
          if (chunk !== undefined) {
            seen.pulled += 1;
            controller.enqueue(new TextEncoder().encode(chunk));
          } else if (!hangs) controller.close();
        },
        cancel: () => {
          seen.cancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { status });
  };
  return { fetch, seen };
}

const open = async (fetch: Fetch, streamOf: number, timeoutMs = 60_000, signal: AbortSignal = NEVER) =>
  send("erp.export", { ...request, streamOf }, timeoutMs, signal, fetch);

async function read(chunks: AsyncIterable<Uint8Array> | undefined): Promise<{ readonly text: string; readonly error?: unknown }> {
  let text = "";
  try {
    for await (const chunk of chunks ?? expect.fail("no stream")) text += Buffer.from(chunk).toString();
    return { text };
  } catch (error) {
    return { text, error };
  }
}

describe("third party / streams", () => {
  it("hand over chunks as they come, up to the cap exactly", async () => {
    const { fetch, seen } = answering(["ab", "cd"]);
    const answer = await open(fetch, 4);
    expect(seen.pulled).to.equal(0);
    expect(await read(answer.stream)).to.deep.equal({ text: "abcd" });
  });

  it("are refused as the cap is passed, what came before is handed over, and no more is read", async () => {
    const { fetch, seen } = answering(["ab", "cd", "e", "f"]);
    const { text, error } = await read((await open(fetch, 4)).stream);
    expect(text).to.equal("abcd");
    expect(failureOf(error)).to.include({
      code: "RESPONSE_TOO_LARGE",
      message: "erp.export answered more than 4 bytes. Ask for less at once.",
    });
    expect(seen).to.deep.equal({ pulled: 3, cancelled: true });
  });

  it("end with the loop of who reads them", async () => {
    const { fetch, seen } = answering(["ab", "cd", "ef"]);
    for await (const _chunk of (await open(fetch, 100)).stream ?? []) break;
    expect(seen).to.deep.equal({ pulled: 1, cancelled: true });
  });

  it("that fall silent time out, and can be read anew", async () => {
    const { fetch } = answering(["ab"], { hangs: true });
    const { text, error } = await read((await open(fetch, 100, 30)).stream);
    expect(text).to.equal("ab");
    expect(failureOf(error).code).to.equal("THIRD_PARTY_TIMEOUT");
  });

  it("do not time out while a chunk is handled", async () => {
    const { fetch } = answering(["ab", "cd"]);
    let text = "";
    for await (const chunk of (await open(fetch, 100, 30)).stream ?? []) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      text += Buffer.from(chunk).toString();
    }
    expect(text).to.equal("abcd");
  });

  it("end when the step's time is up", async () => {
    const { fetch } = answering(["ab"], { hangs: true });
    const step = new AbortController();
    const { stream } = await open(fetch, 100, 60_000, step.signal);
    const reading = read(stream);
    step.abort();
    expect(failureOf((await reading).error).code).to.equal("TIMEOUT");
  });

  it("are for answers of success: another status is read whole, as for any operation", async () => {
    const answer = await open(answering(["gone"], { status: 410 }).fetch, 100);
    expect(answer.stream).to.equal(undefined);
    expect(Buffer.from(answer.bytes).toString()).to.equal("gone");
  });
});
