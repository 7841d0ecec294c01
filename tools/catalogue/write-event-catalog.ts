import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { importFlows } from "../../components/flow/import-flows.ts";
import { eventCatalogOf, OWN_FOLDERS } from "./event-catalog.ts";
import { hubModel } from "./hub-model.ts";

/** @returns the flows of a program as EventCatalog's files: path in the catalogue's folder -> text */
export async function eventCatalogOfProgram(root: string): Promise<Readonly<Record<string, string>>> {
  const { flows } = await importFlows(join(root, "flows"));
  return eventCatalogOf(hubModel(flows));
}

/**
 * Writes the files into the folder of a catalogue, and deletes what the hub wrote there before. What others wrote stays.
 * @param files path in the folder -> text
 */
export function writeEventCatalog(folder: string, files: Readonly<Record<string, string>>): void {
  for (const own of OWN_FOLDERS) rmSync(join(folder, own), { recursive: true, force: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
