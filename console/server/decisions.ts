import { readdirSync, readFileSync } from "node:fs";
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

/** @returns the project's decision records, the newest number first; none where it keeps none. @param root folder of Pulumi.yaml */
export function decisionsIn(root: string, graphs: readonly FlowGraph[]): readonly Decision[] {
  const names = [...new Set(graphs.flatMap(({ flow, events }) => [flow, ...events.map(({ name }) => name)]))];
  return filesIn(root)
    .map((file) => {
      const text = textOf(root, file);
      const [, title = file] = /^# (?:\d+: )?(.+)$/m.exec(text) ?? [];
      const [, status = "", date = ""] = /^Status: ([^·\n]+?)(?: · (\d{4}-\d\d-\d\d))?[.,\s]/m.exec(text) ?? [];
      const words = new Set(text.match(/[\w-]+/g));
      return { number: file.slice(0, 3), title, status, date, about: names.filter((name) => words.has(name)) };
    })
    .toReversed();
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
