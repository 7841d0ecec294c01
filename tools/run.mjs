// Sets up what is missing, then runs one of the project's commands on the Node that package-lock.json pins.
// Plain JavaScript without dependencies: it has to run on a fresh clone, on Node 20 as well.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules", ".bin");
const stamp = join(root, "node_modules", ".hub-install");
const windows = process.platform === "win32";

const [command, ...args] = process.argv.slice(2);
const commands = {
  start: ["node", "--disable-warning=ExperimentalWarning", "local/main.ts"],
  hub: ["node", "--disable-warning=ExperimentalWarning", "cli/main.ts"],
  test: ["node", "--disable-warning=ExperimentalWarning", "node_modules/mocha/bin/mocha.js"],
  chaos: ["node", "--disable-warning=ExperimentalWarning", "checks/chaos/run.ts"],
  fuzz: [
    "node",
    "--disable-warning=ExperimentalWarning",
    "node_modules/mocha/bin/mocha.js",
    "--no-config",
    "checks/fuzz/fuzz.ts",
  ],
  verify: ["node", "tools/verify.ts"],
  docs: ["node", "--disable-warning=ExperimentalWarning", "tools/docs.ts"],
  "oracle:event-ruler": ["node", "checks/event-ruler/run.ts"],
};
if (!commands[command]) {
  console.error(`run.mjs: "${command ?? ""}" is no command. Give one of ${Object.keys(commands).join(", ")}.`);
  process.exit(1);
}

if (Number(process.versions.node.split(".")[0]) < 20) {
  console.error(`Node ${process.versions.node} is too old. Install Node 20 or newer.`);
  process.exit(1);
}
install();
run(commands[command], args);

/** Installs from the lockfile when it has changed since it was last installed from. */
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
    console.error("npm could not install the packages. Mend what it says above, then run this command again.");
    process.exit(1);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, lockfile);
}

/** Runs it in this process group, so that Ctrl-C reaches it, and ends as it ends. */
function run([program, ...fixed], extra) {
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
  const child = spawn(join(bin, program), [...fixed, ...extra], { cwd: root, stdio: "inherit", env, shell: windows });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`${program} could not be started: ${error.message}. Delete node_modules and run this command again.`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" || signal === "SIGTERM" ? 0 : 1)));
}
