import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";

const START_MS = 30_000;
const STOP_MS = 2_000;

/** A server in a process of its own. */
export interface ServerProcess {
  readonly pid: number;
  /** From the start of the process until it said that it is ready. */
  readonly startMs: number;
  /** What `ready` matched in the line that said so: its first group, or all. */
  readonly said: string;
  /** Ends it, by force after two seconds. */
  readonly stop: () => Promise<void>;
}

export interface ServerOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What ends it: the end of its standard input, or a signal. @default "stdin" */
  readonly endedBy?: "stdin" | "SIGTERM";
}

/**
 * Starts a server and waits until it prints that it is ready.
 * @param command program, and its arguments
 * @param ready what the line looks like
 * @throws Error when it ends first, or is not ready within 30 s
 */
export async function startServer(
  [program = "", ...args]: readonly string[],
  ready: RegExp,
  { cwd, env, endedBy = "stdin" }: ServerOptions = {},
): Promise<ServerProcess> {
  const beganAt = performance.now();
  const child = spawn(program, args, { stdio: "pipe", cwd, env });
  const ended = once(child, "exit");
  const stop = async () => {
    child.stdin.end();
    child.stdin.destroy();
    if (endedBy === "SIGTERM") child.kill(endedBy);
    await Promise.race([ended, wait(STOP_MS, undefined, { ref: false })]);
    child.kill("SIGKILL");
  };
  const said = new Promise<string>((resolve) => {
    for (const input of [child.stdout, child.stderr])
      createInterface({ input }).on("line", (line) => {
        const [all, group = all] = ready.exec(line) ?? [];
        if (group !== undefined) resolve(group);
      });
  });
  const tooLate = wait(START_MS, undefined, { ref: false }).then(() => {
    throw new Error(`it was not ready within ${START_MS / 1_000} s`);
  });
  const gone = ended.then(([code]) => {
    throw new Error(`it ended with ${String(code)} before it was ready`);
  });
  gone.catch(() => {});
  tooLate.catch(() => {});
  try {
    return {
      pid: child.pid ?? Number.NaN,
      said: await Promise.race([said, tooLate, gone]),
      startMs: performance.now() - beganAt,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
