import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decode } from "@jridgewell/sourcemap-codec";
import { expect } from "chai";
import { after, before, describe, it } from "mocha";
import { Client, eventually } from "./client.ts";
import { dataFolder, EPHEMERAL, type Program, program, ROOT } from "./support.ts";

const FLOW = "flows/order-to-erp.ts";
const ORDER = { orderId: "debugged", customerId: "C-1", lines: [{ sku: "a", quantity: 2, unitCents: 100 }] };

type Message = Readonly<Record<string, unknown>>;

interface Property {
  readonly name: string;
  readonly value?: { readonly value?: unknown; readonly objectId?: string };
}

/** A debugger as an editor attaches one: by the inspector's protocol, to the functions' worker threads. https://nodejs.org/api/inspector.html */
class Debugger {
  readonly paused: { readonly session: string; readonly params: Message }[] = [];
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (answer: Message) => void>();
  #last = 0;

  constructor(url: string) {
    this.#socket = new WebSocket(url);
    this.#socket.addEventListener("message", ({ data }) => this.#receive(undefined, JSON.parse(String(data)) as Message));
  }

  async attach(): Promise<void> {
    await new Promise((resolve) => this.#socket.addEventListener("open", resolve, { once: true }));
    await this.send(undefined, "NodeWorker.enable", { waitForDebuggerOnStart: true });
  }

  close(): void {
    this.#socket.close();
  }

  send(session: string | undefined, method: string, params: Message = {}): Promise<Message> {
    const id = ++this.#last;
    const text = JSON.stringify({ id, method, params });
    const answer = new Promise<Message>((resolve) => this.#answers.set(id, resolve));
    if (session === undefined) this.#socket.send(text);
    else {
      const outer = { id: ++this.#last, method: "NodeWorker.sendMessageToWorker", params: { sessionId: session, message: text } };
      this.#socket.send(JSON.stringify(outer));
    }
    return answer;
  }

  /** @returns the first object among the variables of the function that is paused. Bundles shorten their names; editors map them back. */
  async locals(session: string, { callFrames }: Message): Promise<Message> {
    const [frame] = callFrames as readonly {
      readonly scopeChain: readonly { readonly object: { readonly objectId: string } }[];
    }[];
    const own = await this.#properties(session, frame?.scopeChain[0]?.object.objectId);
    const order = own.find(({ value }) => value?.objectId !== undefined);
    const fields = await this.#properties(session, order?.value?.objectId);
    return Object.fromEntries(fields.map(({ name, value }) => [name, value?.value]));
  }

  async #properties(session: string, objectId: string | undefined): Promise<readonly Property[]> {
    const { result } = await this.send(session, "Runtime.getProperties", { objectId, ownProperties: true });
    return result as readonly Property[];
  }

  #receive(session: string | undefined, message: Message): void {
    const { id, method, params, result } = message as { id?: number; method?: string; params: Message; result: Message };
    if (id !== undefined) this.#answers.get(id)?.(result);
    else if (method === "NodeWorker.attachedToWorker") void this.#begin(String(params.sessionId));
    else if (method === "NodeWorker.receivedMessageFromWorker")
      this.#receive(String(params.sessionId), JSON.parse(String(params.message)) as Message);
    else if (method === "Debugger.paused" && session !== undefined) void this.#pause(session, params);
  }

  /** Pauses before each script that has a source map, as editors do: the breakpoint is set before the script runs. */
  async #begin(session: string): Promise<void> {
    void this.send(session, "Debugger.enable");
    const instrumentation = "beforeScriptWithSourceMapExecution";
    void this.send(session, "Debugger.setInstrumentationBreakpoint", { instrumentation });
    await this.send(session, "Runtime.runIfWaitingForDebugger");
  }

  async #pause(session: string, params: Message): Promise<void> {
    const { reason, data } = params as { reason: string; data?: { readonly url?: string; readonly scriptId?: string } };
    // A worker that waits for its debugger stops once more at its first line.
    if (reason === "Break on start") return void this.send(session, "Debugger.resume");
    if (reason !== "instrumentation") return void this.paused.push({ session, params });
    const place = data?.url?.endsWith("/index.mjs") ? placeOf(data.url, "const skus =") : undefined;
    if (place) await this.send(session, "Debugger.setBreakpoint", { location: { scriptId: data?.scriptId, ...place } });
    await this.send(session, "Debugger.resume");
  }
}

/** Where the code has the first line of the flow's file that contains the text, by its source map. */
function placeOf(url: string, text: string): { readonly lineNumber: number; readonly columnNumber: number } | undefined {
  const file = `${fileURLToPath(url)}.map`;
  // The hub's own functions have none.
  if (!existsSync(file)) return undefined;
  const map = JSON.parse(readFileSync(file, "utf8")) as {
    readonly sourceRoot: string;
    readonly sources: readonly string[];
    readonly mappings: string;
  };
  const source = map.sources.findIndex((name) => fileURLToPath(map.sourceRoot + name) === join(ROOT, FLOW));
  const wanted = readFileSync(join(ROOT, FLOW), "utf8")
    .split("\n")
    .findIndex((line) => line.includes(text));
  for (const [lineNumber, segments] of decode(map.mappings).entries())
    for (const [columnNumber, from, line] of segments)
      if (from === source && line === wanted) return { lineNumber, columnNumber };
  return undefined;
}

describe("end to end / npm start -- --inspect", () => {
  const folder = dataFolder();
  let started: Program | undefined;
  let debug: Debugger | undefined;
  before(async () => {
    started = program([...EPHEMERAL, "--inspect-port", "0", "--data", folder.dir]);
    const { output } = started;
    const url = await eventually("the debugger's address", () => /^debugger {2}(ws:\S+)$/m.exec(output().stdout)?.[1], 120_000);
    debug = new Debugger(url);
    await debug.attach();
    await eventually("the hub", () => /^hub ready/m.exec(output().stdout)?.[0], 240_000);
  });
  after(async () => {
    debug?.close();
    started?.child.kill("SIGKILL");
    await started?.ended;
    folder.remove();
  });

  it("stops at a breakpoint in an inline handler, while the request waits", async () => {
    const { output } = started as Program;
    const attached = debug as Debugger;
    const [, url = ""] = /^hub ready {2}(\S+)$/m.exec(output().stdout) ?? [];
    const [, apiKey = ""] = /^x-api-key: (\S+)$/m.exec(output().stdout) ?? [];
    const client = new Client({ url, sandboxUrl: "", apiKey });
    const taken = await client.order(ORDER);
    const { session, params } = await eventually("the breakpoint", () => attached.paused[0], 240_000);
    expect(await attached.locals(session, params)).to.deep.include({ orderId: "debugged", customerId: "C-1" });
    const { status } = await eventually("the request", () => client.request(taken), 60_000);
    expect(["accepted", "running"]).to.include(status);
    await attached.send(session, "Debugger.resume");
    const { steps } = await client.reaches(taken, "completed", 120_000);
    expect(steps.find(({ step }) => step === "validate")?.attempts).to.equal(1);
  });
});
