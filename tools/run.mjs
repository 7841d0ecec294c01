// Sets up what is missing, then runs one of the commands of commands.json on the Node that package-lock.json pins.
// Plain JavaScript without dependencies: it has to run on a fresh clone, on Node 20 as well.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules", ".bin");
const stamp = join(root, "node_modules", ".hub-install");
const windows = process.platform === "win32";

const commands = JSON.parse(readFileSync(join(root, "tools", "commands.json"), "utf8"));
const [command, ...args] = process.argv.slice(2);
if (!Object.hasOwn(commands, command ?? "")) {
  console.error(`run.mjs: unknown command "${command ?? ""}". Give one of ${Object.keys(commands).join(", ")}.`);
  process.exit(1);
}

if (Number(process.versions.node.split(".")[0]) < 20) {
  console.error(`Node ${process.versions.node} is too old. Install Node 20 or newer.`);
  process.exit(1);
}
refuseUnknownStack();
install();
run(commands[command].split(" "), args);

/** Ends at once where `--stack` names a stack without a file: no command has a use for it. `organisation/project/stack` is Pulumi's long form. */
function refuseUnknownStack() {
  const at = args.findIndex((word) => word === "--stack" || word.startsWith("--stack="));
  const given = at < 0 ? undefined : args[at].startsWith("--stack=") ? args[at].slice("--stack=".length) : args[at + 1];
  if (given === undefined || given.startsWith("-")) return;
  const stacks = readdirSync(root).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
  const stack = given.split("/").at(-1);
  if (stacks.includes(stack)) return;
  const known = stacks.sort().join(", ") || "those that you write";
  console.error(`Pulumi.${stack}.yaml does not exist. Choose one of the stacks ${known}, or write a file for "${stack}".`);
  process.exit(1);
}

/** Installs from the lockfile when it has changed since the last installation. */
function install() {
  const lockfile = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lockfile) return;
  console.error("installing the packages that package-lock.json pins (once; about half a minute) …");
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: windows,
  });
  if (npm.status !== 0) {
    console.error("npm could not install the packages. Correct what it reports above, then run this command again.");
    process.exit(1);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, lockfile);
}

/** Runs the command in this process group, so that Ctrl-C reaches it, and ends with its exit code. */
function run(words, extra) {
  const [program, ...fixed] = onPinnedNode(words, extra);
  const path = `${bin}${delimiter}${process.env.PATH}`;
  // By default each thread of the hub gets memory of its own from glibc, and what it frees serves no other. mallopt(3)
  const env = { NODE_COMPILE_CACHE: compileCache(), MALLOC_ARENA_MAX: "2", ...process.env, PATH: path };
  // Tests run in four processes, and each of their hubs in dozens of isolates: V8's four helper threads a process take each other's CPU.
  if (words[0] === "mocha") env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ""} --v8-pool-size=1`.trim();
  const child = spawn(program, [...fixed, ...extra], { cwd: root, stdio: "inherit", env, shell: windows });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    const remedy =
      program === "pulumi"
        ? "Install the Pulumi CLI (https://www.pulumi.com/docs/install/)"
        : "Delete node_modules and run this command again";
    console.error(`${program} could not be started: ${error.message}. ${remedy}.`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" || signal === "SIGTERM" ? 0 : 1)));
}

/** @returns where Node keeps what it compiled, for the next command. https://nodejs.org/api/module.html#module-compile-cache */
function compileCache() {
  const folder = join(root, "node_modules", ".cache", "hub", "compiled");
  // Node removes nothing. A folder for each version of Node; tests compile copies of the repository.
  for (const version of existsSync(folder) ? readdirSync(folder) : [])
    try {
      if (readdirSync(join(folder, version)).length > 20_000) clear(join(folder, version));
    } catch {
      // Another command is clearing it.
    }
  return folder;
}

/** Removes a folder that other commands may be writing to: it is out of their way first. */
function clear(folder) {
  const old = join(dirname(dirname(folder)), `old-${process.pid}`);
  renameSync(folder, old);
  rmSync(old, { recursive: true, force: true });
}

/** @returns the words to spawn: Node without its warning of type stripping, which ends quietly with its reader; Mocha on it, with the test files that `extra` names instead of the command's own */
function onPinnedNode([program, ...rest], extra) {
  const closedOutput = pathToFileURL(join(root, "tools", "closed-output.mjs")).href;
  const node = ["node", "--disable-warning=ExperimentalWarning", "--import", closedOutput];
  if (program === "node") return [...node, ...rest];
  if (program !== "mocha") return [program, ...rest];
  const named = extra.some((word) => word.endsWith(".test.ts"));
  return [...node, "node_modules/mocha/bin/mocha.js", ...rest.filter((word) => !(named && word.endsWith(".test.ts")))];
}
