import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { type Clock, realClock } from "../../emulator/clock.ts";
import type { FromHub, HubStart, Ready, Rest, ToHub } from "./hub-protocol.ts";

/** Starts and kills the hub's process; its addresses stay the same. */
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

  /** Addresses and keys of the hub; the addresses survive restarts. */
  get hub(): Ready {
    if (!this.#ready) throw new Error("the hub has not been started.");
    return this.#ready;
  }

  /**
   * Time of the hub's clock, ms since the epoch. It runs faster than this process's clock, and callers must sign with it. It keeps running
   * while the hub is down.
   */
  now(): number {
    return this.#clock.now();
  }

  /** @throws Error when the process exits before it is ready */
  async start(): Promise<void> {
    const start: HubStart = { ...this.#start, ports: this.#ports, injectFaults: this.#injectFaults };
    const child = fork(join(import.meta.dirname, "hub-process.ts"), [JSON.stringify(start)], {
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#child = child;
    child.once("exit", (status, signal) => {
      if (this.#child !== child || this.#ending) return;
      this.#onProblem(`its process exited unexpectedly with ${signal ?? `status ${status}`}`);
    });
    child.on("message", (message: FromHub) => {
      if (message.kind === "problem") this.#onProblem(message.message);
    });
    this.#ready = await new Promise<Ready>((resolve, reject) => {
      child.on("message", (message: FromHub) => message.kind === "ready" && resolve(message));
      child.once("exit", (status) => reject(new Error(`the hub exited with status ${status} before it was ready.`)));
    });
    this.#clock = realClock(this.#start.speed, this.#ready.now);
    const port = (url: string) => Number(new URL(url).port);
    const { url, consoleUrl, sandboxUrl } = this.#ready;
    this.#ports = { gateway: port(url), console: port(consoleUrl), sandbox: port(sandboxUrl) };
  }

  /** Kills the process like a loss of power, without any shutdown handler. */
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

  async rest(): Promise<Rest> {
    return (await this.#ask({ kind: "rest?" }, "rest")).rest;
  }

  /** Deploys the program as it stands in its folder. @throws Error when the former program still runs */
  async deploy(): Promise<void> {
    const { error } = await this.#ask({ kind: "deploy" }, "deployed");
    if (error !== undefined) throw new Error(`the deployment failed: ${error}`);
  }

  #ask<K extends FromHub["kind"]>(question: ToHub, kind: K): Promise<Extract<FromHub, { readonly kind: K }>> {
    return new Promise((resolve, reject) => {
      const child = this.#child;
      const gone = () => reject(new Error(`the hub ended before it answered ${question.kind}.`));
      const take = (message: FromHub) => {
        if (message.kind !== kind) return;
        child?.off("message", take);
        child?.off("exit", gone);
        resolve(message as Extract<FromHub, { readonly kind: K }>);
      };
      child?.on("message", take);
      child?.once("exit", gone);
      this.#send(question);
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
