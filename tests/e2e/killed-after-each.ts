import { afterEach } from "mocha";
import type { Program } from "./support.ts";

type Launched = Pick<Program, "child" | "ended">;

/** @returns a function for each program that a test of this suite starts: `kill -9` ends those that still run after the test */
export function killedAfterEach(): <T extends Launched>(launched: T) => T {
  const started: Launched[] = [];
  afterEach(async () => {
    for (const { child } of started) child.kill("SIGKILL");
    await Promise.all(started.splice(0).map(({ ended }) => ended));
  });
  return (launched) => {
    started.push(launched);
    return launched;
  };
}
