import { appendFileSync, existsSync, readFileSync } from "node:fs";
import type { FaultKind } from "./fault-kinds.ts";

/** An injected fault and its subject, an absorbed repetition, or what a backlog costs. */
export interface Entry {
  readonly kind: FaultKind | "absorbed-by-hub" | "limit-written" | "message-hidden";
  readonly about: string;
}

/** Injected faults, written at once so that they survive a kill of the process. */
export class Journal {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  note(kind: Entry["kind"], about: string): void {
    appendFileSync(this.file, `${JSON.stringify({ kind, about } satisfies Entry)}\n`);
  }

  read(): readonly Entry[] {
    if (!existsSync(this.file)) return [];
    // The last line may have been cut off by a kill.
    return readFileSync(this.file, "utf8")
      .split("\n")
      .flatMap((line) => (line.endsWith("}") ? [JSON.parse(line) as Entry] : []));
  }
}
