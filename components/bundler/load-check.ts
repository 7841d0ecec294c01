import { type ChildProcess, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { access, copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { HANDLER_FILE } from "../../protocol/handlers.ts";
import { BundleError, type BundleProblem } from "./bundle-error.ts";
import type { LoadFailure, LoadResult } from "./load-child.ts";
import type { StoredFiles } from "./store.ts";

/** Lambda ends an initialisation after 10 seconds; a busy machine is slower. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const LOAD_MS = 60_000;

/**
 * Loads a bundle as Lambda does: from a folder that holds its files and nothing else, with no `node_modules` above it. A bundle whose files
 * were loaded before, by any process, is not loaded again.
 * @param files by the names that Lambda sees
 * @param marks folder that keeps what was loaded
 * @param mapped the same files, whose source map knows the packages too: made only to name the one that fails
 * @throws BundleError with the package or file that is missing there
 */
export async function assertLoads(
  where: string,
  files: StoredFiles,
  marks: string,
  mapped: () => Promise<StoredFiles>,
): Promise<void> {
  const mark = join(marks, await keyOf(files));
  if (
    await access(mark).then(
      () => true,
      () => false,
    )
  )
    return;
  const failure = await loaded(files);
  if (!failure) {
    await remember(mark);
    return;
  }
  const named = failure.stack ? await loaded(await mapped()) : undefined;
  throw new BundleError([{ where, ...explained(named ?? failure) }]);
}

/** Where it can't be kept, the bundle is loaded again. */
const remember = (mark: string) =>
  mkdir(dirname(mark), { recursive: true })
    .then(() => writeFile(mark, ""))
    .catch(() => {});

/** What decides whether a bundle loads: its files, the code of this check, and Node. */
async function keyOf(files: StoredFiles): Promise<string> {
  const key = createHash("sha256").update(JSON.stringify([process.version, process.platform, process.arch, ...CODE]));
  for (const [name, path] of Object.entries(files).sort()) {
    const contents = await readFile(path);
    key.update(`${name}\0${contents.length}\0`).update(contents);
  }
  return key.digest("hex").slice(0, 32);
}

const CODE = ["load-check.ts", "load-child.ts"].map((file) => readFileSync(new URL(file, import.meta.url), "utf8"));

/** A process that loads the bundles, one after the other. It ends when it has had nothing to do for a while, and with this process. */
interface Loader {
  readonly process: ChildProcess;
  /** Holds what it loads, and is removed with it. */
  readonly folder: string;
  /** Folder of files that several bundles have, as the runtime -> its copy. Node loads a module once, by its real path. */
  readonly shared: Map<string, string>;
  loads: number;
}
const IDLE_MS = 10_000;
/** Node keeps each module that it has loaded: the next process begins with none. */
const MOST_LOADS = 50;
let queue: Promise<unknown> = Promise.resolve();
let loader: Loader | undefined;
let idle: NodeJS.Timeout | undefined;

function loaded(files: StoredFiles): Promise<LoadFailure | undefined> {
  const result = queue.then(() => load(files));
  queue = result.catch(() => {});
  return result;
}

async function load(files: StoredFiles): Promise<LoadFailure | undefined> {
  if (loader && loader.loads >= MOST_LOADS) endLoader();
  const current = isUp(loader) ? loader : started();
  loader = current;
  clearTimeout(idle);
  current.loads += 1;
  const result = await place(files, current).then(
    (folder) => (isUp(current) ? ask(current, folder) : ("ended" as const)),
    (error: unknown) => {
      if (isUp(current)) throw error;
      return "ended" as const;
    },
  );
  if (result !== "ended") return result.failure;
  // A bundle that was loaded before may end the process later: then this one is loaded again, in a process of its own.
  return current.loads === 1 ? { message: "it ends the process", stack: "" } : load(files);
}

/** @returns a folder that holds the files and nothing else */
async function place(files: StoredFiles, { folder: base, shared, loads }: Loader): Promise<string> {
  const folder = join(base, String(loads));
  const own = storeOf(HANDLER_FILE, files);
  for (const [name, path] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    const store = storeOf(name, files);
    if (store === own) await copyFile(path, join(folder, name));
    // Windows makes links for few users: there a copy has to do, which is loaded for each flow.
    else await symlink(join(await copied(store), name), join(folder, name)).catch(() => copyFile(path, join(folder, name)));
  }
  return folder;

  async function copied(store: string): Promise<string> {
    const known = shared.get(store);
    if (known !== undefined) return known;
    const copy = join(base, `shared-${shared.size}`);
    for (const [name, path] of Object.entries(files)) {
      if (storeOf(name, files) !== store) continue;
      await mkdir(dirname(join(copy, name)), { recursive: true });
      await copyFile(path, join(copy, name));
    }
    shared.set(store, copy);
    return copy;
  }
}

/** The folder that the file was stored in with others, under its name. */
const storeOf = (name: string, files: StoredFiles): string => files[name]?.slice(0, -name.length) ?? "";

/** Starts the process while what it is to load is still being built, which takes as long. */
export function startLoader(): void {
  if (isUp(loader)) return;
  loader = started();
  endWhenIdle();
}

/** Neither the process nor its channel keeps this one running. */
function endWhenIdle(): void {
  loader?.process.unref();
  loader?.process.channel?.unref();
  clearTimeout(idle);
  idle = setTimeout(endLoader, IDLE_MS).unref();
}

function endLoader(): void {
  if (loader?.process.connected) loader.process.disconnect();
  loader = undefined;
}

function ask({ process: current }: Loader, folder: string): Promise<LoadResult | "ended"> {
  current.ref();
  current.channel?.ref();
  return new Promise((resolve) => {
    const onTimeout = () => {
      current.kill("SIGKILL");
      settle({ failure: { message: `it is not loaded after ${LOAD_MS / 1_000} seconds`, stack: "" } });
    };
    const timer = setTimeout(onTimeout, LOAD_MS);
    const onExit = () => settle("ended");
    const settle = (result: LoadResult | "ended") => {
      clearTimeout(timer);
      current.off("message", settle).off("exit", onExit);
      endWhenIdle();
      resolve(result);
    };
    current.once("message", settle).once("exit", onExit);
    // A process that has just ended is reported by its exit.
    current.send(folder, () => {});
  });
}

const isUp = (one?: Loader): one is Loader =>
  one?.process.connected === true && one.process.exitCode === null && one.process.signalCode === null;

function started(): Loader {
  const folder = mkdtempSync(join(tmpdir(), "hub-load-"));
  const child = fork(fileURLToPath(new URL("./load-child.ts", import.meta.url)), [folder], {
    execArgv: ["--enable-source-maps", "--disable-warning=ExperimentalWarning"],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    // What the code of a function can rely on, and nothing of this shell's. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    env: { PATH: process.env.PATH, TZ: ":UTC", LANG: "en_US.UTF-8", AWS_REGION: "us-east-1", AWS_LAMBDA_FUNCTION_NAME: "load" },
  });
  child.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return { process: child, folder, shared: new Map(), loads: 0 };
}

/** Packages that look for the native code of another one. */
const FINDERS = ["bindings", "node-gyp-build", "@mapbox/node-pre-gyp", "file-uri-to-path"];

function explained({ message, stack }: LoadFailure): Omit<BundleProblem, "where"> {
  const packages = [...stack.matchAll(/node_modules\/((?:@[^/\s]+\/)?[^/\s:]+)/g)].map(([, name = ""]) => name);
  const culprit = packages.find((name) => !FINDERS.includes(name));
  const [reason = ""] = message.split("\n");
  const fact = `it can't be loaded as Lambda loads it, from a folder with its own files only: ${culprit ? `${culprit}: ` : ""}${reason.replace(/\.$/, "")}`;
  if (
    /\.node\b|native|prebuil|node-gyp|using the \w+-\w+ runtime/i.test(message) ||
    packages.some((name) => FINDERS.includes(name))
  )
    return {
      fact,
      remedy: "The package needs native code, which is built for this machine and not for Lambda. Use a package without it",
    };
  if (/ENOENT/.test(message))
    return {
      fact,
      remedy: culprit
        ? "The package reads files beside its own code, which the bundle does not hold. Use a package that needs none"
        : 'List the file in the flow\'s `files`, and read it by `new URL("./<file>", import.meta.url)`',
    };
  if (/Cannot find (module|package)/.test(message))
    return { fact, remedy: "Import it by a fixed name, so that the bundle holds it, or use another package" };
  return { fact, remedy: "Correct what runs when the module is loaded" };
}
