import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { freePort } from "../../emulator/free-port.ts";

export interface Emulator {
  readonly name: "moto" | "ministack";
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts an emulator on a free port of the loopback address. @throws Error when it does not respond within a minute */
export async function startEmulator(dir: string, name: Emulator["name"], accountId: string): Promise<Emulator> {
  const port = await freePort();
  const bin = join(dir, "bin", name === "moto" ? "moto_server" : "ministack");
  const args = name === "moto" ? ["-H", "127.0.0.1", "-p", String(port)] : [];
  const env = { ...process.env, BIND_HOST: "127.0.0.1", GATEWAY_PORT: String(port), MINISTACK_ACCOUNT_ID: accountId };
  const child = spawn(bin, args, { env, stdio: "ignore", cwd: dir });
  const url = `http://127.0.0.1:${port}`;
  const ended = new Promise<void>((done) => child.once("close", () => done()));
  const stop = async () => {
    child.kill("SIGTERM");
    const hard = setTimeout(() => child.kill("SIGKILL"), 5_000);
    await ended;
    clearTimeout(hard);
  };
  try {
    await answering(url, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { name, url, stop };
}

async function answering(url: string, child: ChildProcess) {
  for (const end = Date.now() + 60_000; ; ) {
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return;
    if (child.exitCode !== null) throw new Error(`the emulator exited with status ${child.exitCode}`);
    if (Date.now() > end) throw new Error(`the emulator does not answer at ${url}`);
    await new Promise((next) => setTimeout(next, 100));
  }
}
