import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { type Clock, realClock } from "../../emulator/clock.ts";
import type { FromHub, HubStart, Ready, Rest, ToHub } from "./hub-protocol.ts";

/** The hub's process: starts it, kills it, and finds it at the same addresses again. */
export class HubControl {
  readonly #start: Omit<HubStart, "ports" | "injectFaults">;
  readonly #onProblem: (message: string) => void;
  #ports: HubStart["ports"] = { gateway: 0, console: 0, sandbox: 0 };
  #injectFaults = true;
  #child: ChildProcess | undefined;
  #ending = false;
  #ready: Ready | undefined;
  #clock: Pick<Clock, "now"> = Date;

  constructor(start: Omit<HubStart, "ports" | "injectFaults">, onProblem: (message: string) => void) {
    this.#start = start;
    this.#onProblem = onProblem;
  }

  /** Where it is; the addresses stay the same over restarts. */
  get hub(): Ready {
    if (!this.#ready) throw new Error("the hub has not been started.");
    return this.#ready;
  }

  /**
   * What the hub's clock shows now, ms since the epoch: it runs faster than this process's, and so must whoever signs with a time. While
   * the hub is down it goes on as it went.
   */
  now(): number {
    return this.#clock.now();
  }

  /** @throws Error when it ends before it is ready */
  async start(): Promise<void> {
    const start: HubStart = { ...this.#start, ports: this.#ports, injectFaults: this.#injectFaults };
    const child = fork(join(import.meta.dirname, "hub-process.ts"), [JSON.stringify(start)], {
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#child = child;
    child.once("exit", (status, signal) => {
      if (this.#child !== child || this.#ending) return;
      this.#onProblem(`its process ended by itself, with ${signal ?? `status ${status}`}`);
    });
    child.on("message", (message: FromHub) => {
      if (message.kind === "problem") this.#onProblem(message.message);
    });
    this.#ready = await new Promise<Ready>((resolve, reject) => {
      child.on("message", (message: FromHub) => message.kind === "ready" && resolve(message));
      child.once("exit", (status) => reject(new Error(`the hub ended with status ${status} before it was ready.`)));
    });
    this.#clock = realClock(this.#start.speed, this.#ready.now);
    const port = (url: string) => Number(new URL(url).port);
    const { url, consoleUrl, sandboxUrl } = this.#ready;
    this.#ports = { gateway: port(url), console: port(consoleUrl), sandbox: port(sandboxUrl) };
  }

  /** As a loss of power: no handler runs, nothing is put in order. */
  async kill(): Promise<void> {
    await this.#end((child) => child.kill("SIGKILL"));
  }

  async stop(): Promise<void> {
    if (this.#child) await this.#end(() => this.#send({ kind: "stop" }));
  }

  /** Injects no more faults, also after a restart. */
  calm(): void {
    this.#injectFaults = false;
    this.#send({ kind: "calm" });
  }

  rest(): Promise<Rest> {
    return new Promise((resolve) => {
      const take = (message: FromHub) => {
        if (message.kind !== "rest") return;
        this.#child?.off("message", take);
        resolve(message.rest);
      };
      this.#child?.on("message", take);
      this.#send({ kind: "rest?" });
    });
  }

  async #end(how: (child: ChildProcess) => void): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    this.#ending = true;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    how(child);
    await ended;
    this.#child = undefined;
    this.#ending = false;
  }

  #send(message: ToHub): void {
    this.#child?.send(message);
  }
}
