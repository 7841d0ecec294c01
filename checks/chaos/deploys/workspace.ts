import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Flow } from "../../../model/index.ts";
import { copyProgram } from "../../../tests/e2e/program-copy.ts";
import { breaksOf } from "../../../tools/contract/breaks.ts";
import type { Contract } from "../../../tools/contract/contract.ts";
import type { Break } from "../../../tools/contract/findings.ts";
import { lockOf, renewed, textOf } from "../../../tools/contract/lock.ts";
import type { Mistake, ProgramState } from "./program-state.ts";
import { eventsSource, guestsSource, mailsSource, ordersSource, portSource } from "./source.ts";

const ROOT = join(import.meta.dirname, "../../..");

/** A copy of the program whose flows are written for each deployment, and the gate that holds them to what is deployed. */
export class Workspace {
  readonly root: string;
  #gates = 0;

  constructor(folder: string) {
    this.root = join(folder, "program");
    copyProgram(this.root);
  }

  /** Writes the flows that the next deployment records. */
  write(state: ProgramState): void {
    for (const folder of ["flows", "events"]) {
      rmSync(join(this.root, folder), { recursive: true, force: true });
      mkdirSync(join(this.root, folder));
    }
    this.#write(this.root, state, { model: "../model/index.ts", events: "../events/orders.ts" });
  }

  /** @returns the flows as the gate reads them: a module is loaded once only, hence a folder for each call */
  async flows(state: ProgramState, mistake?: Mistake): Promise<readonly Flow[]> {
    const root = join(this.root, "gates", String(++this.#gates));
    for (const folder of ["flows", "events"]) mkdirSync(join(root, folder), { recursive: true });
    const model = pathToFileURL(join(ROOT, "model/index.ts")).href;
    const files = this.#write(root, state, { model, events: "../events/orders.ts" }, mistake);
    const modules = await Promise.all(
      files.map((file) => import(pathToFileURL(file).href) as Promise<{ readonly default: Flow }>),
    );
    return modules.map((module) => module.default);
  }

  #write(
    root: string,
    state: ProgramState,
    { model, events }: { readonly model: string; readonly events: string },
    mistake?: Mistake,
  ): readonly string[] {
    writeFileSync(join(root, "events/orders.ts"), eventsSource(state, model, mistake));
    const sources = {
      orders: ordersSource(state, model, events, mistake),
      mails: mailsSource(model, events),
      port: portSource(state, model, mistake),
      ...(state.guests && { guests: guestsSource(model) }),
    };
    return Object.entries(sources).map(([name, text]) => {
      const file = join(root, "flows", `${name}.ts`);
      writeFileSync(file, text);
      return file;
    });
  }
}

/** The contract as the lock file holds it. */
export const released = (flows: readonly Flow[]): Contract =>
  lockOf(textOf(renewed(undefined, { flows, note: "chaos", breaking: false })));

export const gate = (contract: Contract, flows: readonly Flow[]): readonly Break[] => breaksOf(contract, flows);
