import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { Asked, Given } from "./example-worker.ts";

/** Calls examples that are functions. A thread of their own keeps what they do away from the hub. */
export class Examples {
  readonly #waiting = new Map<number, (given: Given) => void>();
  #worker: Worker | undefined;
  #asked = 0;

  /**
   * @param file the flow's code; each version of it has another path
   * @returns what the function returned
   * @throws Error with what it threw
   */
  async play(file: string, asked: Pick<Asked, "party" | "operation" | "call">): Promise<unknown> {
    const id = ++this.#asked;
    const given = await new Promise<Given>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#worker ??= this.#start();
      this.#worker.postMessage({ ...asked, id, code: pathToFileURL(file).href } satisfies Asked);
    });
    if ("fault" in given) throw new Error(given.fault);
    return given.value;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL("./example-worker.ts", import.meta.url), { execArgv: ["--enable-source-maps"] });
    worker.unref();
    worker.on("message", (given: Given) => {
      this.#waiting.get(given.id)?.(given);
      this.#waiting.delete(given.id);
    });
    const end = (fault: string) => {
      if (this.#worker === worker) this.#worker = undefined;
      for (const [id, answer] of this.#waiting) answer({ id, fault });
      this.#waiting.clear();
    };
    worker.on("error", (error) => end(error instanceof Error ? error.message : String(error)));
    worker.on("exit", () => end("it ended its thread"));
    return worker;
  }
}
