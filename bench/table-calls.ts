import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import type { Json } from "../emulator/endpoint/service.ts";
import { type LocalHub, startHub } from "../local/hub.ts";
import { ResourceIndex } from "../local/recording.ts";
import { startStub } from "./aws-stub.ts";
import { figureOf, shown } from "./figures.ts";
import { childOf } from "./functions.ts";
import { loaded } from "./requests.ts";
import { buildSubjects } from "./subjects.ts";

const ROOT = resolve(import.meta.dirname, "..");
const FLOW = "order-to-erp";
/** An order is over when it has called DynamoDB no more for so long: the ledger writes its last report after the request has completed. */
const QUIET_MS = 500;

/** A call to DynamoDB, and what it consumed. */
export interface TableCall {
  readonly who: "ledger" | "steps";
  readonly operation: string;
  /** Capacity units: of writes and their indexes for an operation that writes, else of reads. */
  readonly units: number;
}

/** Goals of an order. */
const GOALS = { calls: 22, writes: 20 };

/** @returns the table of what orders call, by who and by operation; medians of the orders, with their spread */
export function tableOfCalls(orders: readonly (readonly TableCall[])[]): string {
  const seen = orders.flat();
  const row = (who: string, operation: string, of: (call: TableCall) => boolean) => {
    const each = orders.map((calls) => calls.filter(of));
    const sum = (calls: readonly TableCall[], writes: boolean) =>
      calls.reduce((units, call) => units + (isWrite(call) === writes ? call.units : 0), 0);
    const cells = [
      each.map(({ length }) => length),
      each.map((calls) => sum(calls, true)),
      each.map((calls) => sum(calls, false)),
    ].map((values) => shown(figureOf(values), 1));
    return `| ${[who, operation, ...cells].join(" | ")} |`;
  };
  const lines = (["ledger", "steps"] as const).flatMap((who) => {
    const operations = [...new Set(seen.filter((call) => call.who === who).map(({ operation }) => operation))].sort();
    return [
      ...operations.map((operation) => row(who, operation, (call) => call.who === who && call.operation === operation)),
      row(who, "all", (call) => call.who === who),
    ];
  });
  return [
    "| of an order | operation | calls | write units | read units |",
    "|---|---|---|---|---|",
    ...lines,
    row("**all**", "all", () => true),
    `| goal | all | ≤ ${GOALS.calls} | ≤ ${GOALS.writes} | – |`,
  ].join("\n");
}

const isWrite = ({ operation }: TableCall) => !/^(Get|BatchGet|TransactGet|Query|Scan)/.test(operation);

/** Units that a response names, of the table and its indexes. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ConsumedCapacity.html */
export function unitsOf({ ConsumedCapacity }: Json): number {
  const each = (Array.isArray(ConsumedCapacity) ? ConsumedCapacity : [ConsumedCapacity]) as readonly (
    | { readonly CapacityUnits?: number }
    | undefined
  )[];
  return each.reduce((sum, one) => sum + (one?.CapacityUnits ?? 0), 0);
}

/** Counts what orders call DynamoDB for, at the local hub's DynamoDB, and a message of one step beside what one would otherwise write. */
export async function measureTableCalls(orders: number): Promise<string> {
  return `${tableOfCalls(await callsOfOrders(orders))}\n\n${await callsOfMessage()}`;
}

async function callsOfOrders(orders: number): Promise<readonly (readonly TableCall[])[]> {
  const data = mkdtempSync(join(tmpdir(), "hub-bench-data-"));
  const hub = await startHub({ root: ROOT, data, onProblem: (problem) => console.error(problem) });
  try {
    const calls = counted(hub);
    const key = hub.apiKeys[0] ?? "";
    const all: TableCall[][] = [];
    // The first order, which starts the functions, is not counted.
    for (let order = 0; order <= orders; order += 1) {
      calls.length = 0;
      await loaded({ url: hub.url, key }, 1, 1);
      for (let before = -1; before < calls.length; ) {
        before = calls.length;
        await wait(QUIET_MS);
      }
      if (order > 0) all.push([...calls]);
    }
    return all;
  } finally {
    await hub.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

/** @returns the calls from now on, of the ledger and of the flow's steps; a client's questions are not among them */
function counted({ recording, services: { tables } }: LocalHub): TableCall[] {
  const functions = new ResourceIndex(recording).all("aws:lambda/function:Function");
  const names = new Map(functions.map(({ name, outputs }) => [outputs.role, name]));
  const calls: TableCall[] = [];
  const call = tables.call.bind(tables);
  tables.call = async (operation, input, caller) => {
    const name = caller.kind === "role" ? (names.get(caller.arn) ?? "") : "";
    const who = name === "hub-ledger" ? "ledger" : name.startsWith(`${FLOW}-`) ? "steps" : undefined;
    try {
      const output = await call(operation, { ...input, ReturnConsumedCapacity: "INDEXES" }, caller);
      if (who) calls.push({ who, operation, units: unitsOf(output) });
      return output;
    } catch (error) {
      // A condition that fails consumes the same: one unit for each KB of the item that is there.
      if (who) calls.push({ who, operation, units: 1 });
      throw error;
    }
  };
  return calls;
}

/** Messages of the step of order-pricing in each process: so many, and as many before. */
const MESSAGES = 20;

async function callsOfMessage(): Promise<string> {
  const subjects = await buildSubjects();
  const stub = await startStub();
  try {
    const lines: string[] = [];
    for (const [name, subject] of [
      ["hub", subjects.hub],
      ["bare handler", subjects.bare],
      ["Middy and Powertools", subjects.powertools],
    ] as const) {
      const { args, env } = childOf(subject, subjects, stub.url, MESSAGES);
      const before = stub.counts();
      await promisify(execFile)(process.execPath, args, { env });
      const after = stub.counts();
      const each = Object.entries(after)
        .map(([operation, count]) => [operation, (count - (before[operation] ?? 0)) / (2 * MESSAGES + 1)] as const)
        .filter(([operation, count]) => operation.startsWith("DynamoDB") && count > 0);
      const sum = each.reduce((all, [, count]) => all + count, 0);
      const which = each.map(([operation, count]) => `${count.toFixed(1)} ${operation.split(".")[1]}`);
      lines.push(`| ${name} | ${sum.toFixed(1)} | ${which.join(", ")} |`);
    }
    return ["| of a message of the one step above | calls | which |", "|---|---|---|", ...lines].join("\n");
  } finally {
    stub.stop();
    subjects.remove();
  }
}
