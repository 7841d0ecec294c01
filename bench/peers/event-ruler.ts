import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { eventRulerClassPath } from "../../checks/event-ruler/class-path.ts";
import type { Matching } from "../matcher.ts";

/**
 * Starts AWS's event-ruler in a Java process.
 * @throws NoEventRuler where Java, Maven or its repository is missing
 */
export async function startEventRuler(): Promise<Matching & { readonly stop: () => Promise<void> }> {
  const child = spawn("java", ["-cp", eventRulerClassPath(), join(import.meta.dirname, "EventRulerServer.java")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (question: object): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error("the process of event-ruler ended before it answered; its reason stands above.");
    return JSON.parse(value);
  };
  return {
    load: async (patterns, events) => {
      const answers = (await ask({ patterns, events })) as readonly (readonly string[])[];
      return answers.map((names) => names.map(Number).sort((a, b) => a - b));
    },
    run: async (times) => (await ask({ times })) as number,
    stop: async () => {
      const ended = once(child, "exit");
      child.stdin.end();
      await ended;
    },
  };
}
