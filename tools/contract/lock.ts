import type { Flow } from "../../model/index.ts";
import { breaksOf } from "./breaks.ts";
import { type Contract, contractOf, type EventContract, type FlowContract } from "./contract.ts";
import { type Break, describeBreak } from "./findings.ts";
import type { Schema } from "./shape.ts";

export const LOCK = "contract.lock.json";
export const CHANGELOG = "CHANGELOG.md";

/** The released contract, as the lock file holds it. */
export interface Lock extends Contract {
  /** 1, 2, 3, … */
  readonly release: number;
  readonly note: string;
}

/** @throws Error when the text is no lock file */
export function lockOf(text: string): Lock {
  try {
    const lock = JSON.parse(text) as Lock;
    if (Number.isInteger(lock.release) && lock.flows && lock.thirdParties && lock.hub) return lock;
  } catch {
    // reported below
  }
  throw new Error(`${LOCK}: it is not readable. Take the file of the deployed commit; never edit or merge it by hand.`);
}

/** One line for each event, step, route and operation, so that a difference shows what has changed. */
export const textOf = (lock: Lock): string => `${written(lock, LINES_DOWN_TO)}\n`;
const LINES_DOWN_TO = 4;

function written(value: unknown, levels: number, indent = ""): string {
  if (levels === 0 || typeof value !== "object" || value === null || Array.isArray(value)) return JSON.stringify(value);
  const deeper = `${indent} `;
  const entries = Object.entries(value).map(
    ([name, inner]) => `${deeper}${JSON.stringify(name)}: ${written(inner, levels - 1, deeper)}`,
  );
  return entries.length > 0 ? `{\n${entries.join(",\n")}\n${indent}}` : "{}";
}

interface Order {
  readonly flows: readonly Flow[];
  /** One sentence for the changelog. */
  readonly note: string;
  /** True accepts what breaks the contract. */
  readonly breaking: boolean;
}

/**
 * @param released `undefined`: nothing has been released yet
 * @returns the next lock
 * @throws Error with each break, unless the order accepts them
 */
export function renewed(released: Lock | undefined, { flows, note, breaking }: Order): Lock {
  const breaks = released ? breaksOf(released, flows) : [];
  if (breaks.length > 0 && !breaking)
    throw new Error(`${breaks.map(describeBreak).join("\n")}\n${LOCK} stays as it is. Accept these breaks with --breaking.`);
  const now = contractOf(flows);
  return {
    release: (released?.release ?? 0) + 1,
    note,
    ...now,
    flows: Object.fromEntries(Object.entries(now.flows).map(([name, flow]) => [name, remembering(released?.flows[name], flow)])),
  };
}

/** A lift without a schema does not say what it takes: what was released under that version does. */
const remembering = (before: FlowContract | undefined, flow: FlowContract): FlowContract => ({
  ...flow,
  events: Object.fromEntries(
    Object.entries(flow.events).map(([type, event]): [string, EventContract] => [
      type,
      {
        ...event,
        schemas: Object.fromEntries(
          Object.entries(event.schemas).map(([version, schema]) => [
            version,
            schema ?? schemaBefore(before, [type, ...(event.formerly ?? [])], version),
          ]),
        ),
      },
    ]),
  ),
});

function schemaBefore(before: FlowContract | undefined, names: readonly string[], version: string): Schema | null {
  const known = names.flatMap((name) => before?.events[name] ?? []);
  return known[0]?.schemas[version] ?? null;
}

const UNRELEASED = "## [Unreleased]\n";
const HEADING = "### Contract\n";

/**
 * @param breaks accepted ones
 * @returns the changelog with an entry under "Unreleased"
 * @throws Error when it has no such section
 */
export function withEntry(changelog: string, { release, note }: Lock, breaks: readonly Break[]): string {
  const [before, after] = changelog.split(UNRELEASED);
  if (before === undefined || after === undefined)
    throw new Error(`${CHANGELOG}: the section "${UNRELEASED.trim()}" is missing. Write it above the latest version.`);
  const entry = [
    `- Release ${release} of the contract: ${note}`,
    ...breaks.map(({ where, fact }) => `  - Breaking, ${where}: ${fact}.`),
    "",
  ].join("\n");
  const [section = "", ...others] = after.split("\n## [");
  const body = section.includes(HEADING)
    ? section.replace(`${HEADING}\n`, `${HEADING}\n${entry}`)
    : `\n${HEADING}\n${entry}${section}`;
  return `${before}${UNRELEASED}${[body, ...others].join("\n## [")}`;
}
