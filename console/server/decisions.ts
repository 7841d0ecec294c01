import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { FlowGraph } from "../../model/graph.ts";
import type { Decision, DecisionPage } from "../shared/catalogue.ts";
import { graphsOf } from "./declared.ts";
import type { ShownHub } from "./hub-port.ts";
import { existing } from "./parameters.ts";
import type { Routes } from "./source.ts";

/** Folder of decision records, within the project. */
const FOLDER = "docs/decisions";
const FILE = /^(\d{3})-[\w-]+\.md$/;

/** What a record says. */
interface DecisionRecord extends Omit<Decision, "about"> {
  readonly words: ReadonlySet<string>;
}

/** @returns the project's decision records, the newest number first; none where it keeps none. @param root folder of Pulumi.yaml */
export function decisionsIn(root: string, graphs: readonly FlowGraph[]): readonly Decision[] {
  const names = [...new Set(graphs.flatMap(({ flow, events }) => [flow, ...events.map(({ name }) => name)]))];
  return filesIn(root)
    .map((file) => {
      const { words, ...record } = recordIn(root, file);
      return { ...record, about: names.filter((name) => words.has(name)) };
    })
    .toReversed();
}

/** Records that were read, by path: an open page asks for them at each change of its flow. */
const read = new Map<string, { readonly changed: number; readonly record: DecisionRecord }>();

function recordIn(root: string, file: string): DecisionRecord {
  const path = join(root, FOLDER, file);
  const changed = statSync(path).mtimeMs;
  const known = read.get(path);
  if (known?.changed === changed) return known.record;
  const text = textOf(root, file);
  const [, title = file] = /^# (?:\d+: )?(.+)$/m.exec(text) ?? [];
  const [, status = "", date = ""] = /^Status: ([^·\n]+?)(?: · (\d{4}-\d\d-\d\d))?[.,\s]/m.exec(text) ?? [];
  const record = { number: file.slice(0, 3), title, status, date, words: new Set(text.match(/[\w-]+/g)) };
  read.set(path, { changed, record });
  return record;
}

export const decisionRoutes = (hub: Pick<ShownHub, "root" | "resources">): Routes => ({
  "GET /api/decisions/*": ({ parameters: [number = ""] }): DecisionPage => {
    const file = filesIn(hub.root).find((name) => name.startsWith(`${number}-`));
    const decision = decisionsIn(hub.root, graphsOf(hub)).find((one) => one.number === number);
    return existing(
      file !== undefined && decision ? { ...decision, file: join(FOLDER, file), text: textOf(hub.root, file) } : undefined,
      `decision ${number}`,
    );
  },
});

function filesIn(root: string): readonly string[] {
  try {
    return readdirSync(join(root, FOLDER))
      .filter((name) => FILE.test(name))
      .sort();
  } catch {
    return [];
  }
}

const textOf = (root: string, file: string): string => readFileSync(join(root, FOLDER, file), "utf8");
