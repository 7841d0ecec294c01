import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../emulator/free-port.ts";

export interface Emulator {
  readonly name: "moto" | "ministack";
  readonly url: string;
  stop(): Promise<void>;
}

const REQUIREMENTS = join(import.meta.dirname, "requirements.txt");

/**
 * Creates a virtual environment from requirements.txt, once per user.
 * @returns its folder, or the reason why there is none
 */
export function environment(): { readonly dir: string } | { readonly missing: string } {
  const hash = createHash("sha256").update(readFileSync(REQUIREMENTS)).digest("hex").slice(0, 12);
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "integration-hub");
  const dir = join(cache, `emulator-${hash}`);
  const stamp = join(dir, "complete");
  if (existsSync(stamp)) return { dir };
  if (spawnSync("python3", ["-c", "import sys, venv, ensurepip; assert sys.version_info >= (3, 10)"]).status !== 0)
    return { missing: "there is no python3 of version 3.10 or newer with venv. Install one" };
  console.log("installing the emulators that checks/emulators/requirements.txt pins (once; about a minute) …");
  mkdirSync(cache, { recursive: true });
  rmSync(dir, { recursive: true, force: true });
  const made = spawnSync("python3", ["-m", "venv", dir], { encoding: "utf8" });
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS];
  const installed = made.status === 0 ? spawnSync(join(dir, "bin/python"), pip, { encoding: "utf8" }) : made;
  if (installed.status !== 0) {
    rmSync(dir, { recursive: true, force: true });
    return { missing: `pip can't install the emulators: ${installed.stderr.trim().split("\n").at(-1)}. Give it access to PyPI` };
  }
  // Written last, so that an interrupted installation is repeated.
  writeFileSync(stamp, "");
  return { dir };
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
