import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before } from "mocha";
import type { LocalHub } from "../../local/hub.ts";
import type { Client } from "./client.ts";
import { linesOf, programWith } from "./copy.ts";
import { type Operator, operatorOf } from "./operator.ts";
import { hubHere, requestOf } from "./support.ts";

interface Straight {
  hub: LocalHub;
  client: Client;
  operator: Operator;
}

/** A hub with the flow `straight`, shared by the tests of one file. */
export function useStraight(speed: number) {
  const program = programWith("straight");
  const mended = join(program.dir, "mended");
  const here = {} as Straight;
  let stop: (() => Promise<void>) | undefined;
  let count = 0;
  before(async () => {
    const started = await hubHere({ root: program.root, recording: await program.recording(), speed });
    stop = started.stop;
    Object.assign(here, { hub: started.hub, client: started.client, operator: operatorOf(started.hub) });
  });
  afterEach(() => rmSync(mended, { force: true }));
  after(async () => {
    await stop?.();
    program.remove();
  });
  return {
    here,
    /** Starts a run that fails in this way until `mend` is called. */
    async run(trouble: "crash" | "throw" | "down") {
      const id = `${trouble}-${++count}`;
      return { id, requestId: await requestOf(await here.client.post("/runs", { id, trouble })) };
    },
    mend: () => writeFileSync(mended, ""),
    /** Attempts of the handler, in order. */
    attempts: (id: string) =>
      linesOf<{ id: string; attempt: number }>(join(program.dir, "runs")).flatMap((line) =>
        line.id === id ? [line.attempt] : [],
      ),
  };
}
