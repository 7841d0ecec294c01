import { url as inspectorUrl, open as openInspector } from "node:inspector";
import { join, resolve } from "node:path";
import { setFlagsFromString } from "node:v8";
import type { LogLine } from "../emulator/lambda/log-store.ts";
import { UserError } from "../emulator/user-error.ts";
import { isConnection, protocolOf } from "../model/index.ts";
import { printable } from "../protocol/logs.ts";
import { type LocalHub, startHub } from "./hub.ts";
import { curlLine, sampleRequest } from "./interpret/sample-request.ts";
import { keySeed } from "./key-seed.ts";
import { HELP, type Options, parseOptions } from "./options.ts";
import { startRecorder } from "./record/record.ts";
import { ResourceIndex } from "./recording.ts";
import { writeRunningFile } from "./running-file.ts";
import { thirdPartiesOf } from "./sandbox/third-parties.ts";
import { terminalLine } from "./terminal-lines.ts";
import { watchProgram } from "./watch.ts";

const ROOT = resolve(import.meta.dirname, "..");
// `npm start` sets it for the hub's own thread, which has it since its start. It would go before the limits of the functions' threads.
setFlagsFromString("--max-semi-space-size=0");

/** What the first request of a flow with four steps needs, beside the authorizer. */
const THREADS = 7;

const print = (text: string) => process.stdout.write(`${text}\n`);
const printError = (text: string) => process.stderr.write(`${text}\n`);

try {
  const options = parseOptions(process.argv.slice(2));
  if (options) await run(options);
  else print(HELP.trimEnd());
} catch (error) {
  printError(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

async function run(options: Options): Promise<void> {
  // A signal during the start ends the process at once. The stored state is consistent at any time.
  const exit = () => process.exit(0);
  process.once("SIGINT", exit).once("SIGTERM", exit);
  // First: a debugger that attaches now finds each function as it starts.
  if (options.inspect !== undefined) print(`debugger  ${debuggerAt(options.inspect)}`);
  const recorder = options.watch ? startRecorder(join(ROOT, "components/index.ts")) : undefined;
  const hub = await startHub({
    ...options,
    recorder,
    threads: THREADS,
    debugged: options.inspect !== undefined,
    root: ROOT,
    onProgress: (message) => print(`… ${message}`),
    onProblem: printError,
    onLog: (line) => {
      const text = options.verbose ? logText(line) : terminalLine(line, ROOT);
      if (text !== undefined) print(text);
    },
    onRefused: (refusal) => print(`refused with 400  ${printable(refusal)}`),
  });
  const stopWatching = recorder
    ? watchProgram(hub, recorder, { root: ROOT, stack: options.stack, keySeed: keySeed(options.data) }, print)
    : undefined;
  process.off("SIGINT", exit).off("SIGTERM", exit);
  const end = endWith(hub, stopWatching);
  process.on("SIGINT", end).on("SIGTERM", end);
  writeRunningFile(hub, options.data);
  if (options.verbose) printResources(hub);
  if (options.live.length > 0) print(`called live  ${options.live.join(", ")}`);
  printConnections(hub, options.live);
  printReady(hub);
}

/** Their handlers connect to what the secret names, and a secret that the hub made up names nothing. */
function printConnections({ recording }: LocalHub, live: readonly string[]): void {
  const idle = thirdPartiesOf(new ResourceIndex(recording)).filter((party) => isConnection(party) && !live.includes(party.name));
  if (idle.length === 0) return;
  const names = idle.map(({ name }) => name).join(",");
  print(`not simulated  ${idle.map((party) => `${party.name} (${protocolOf(party)})`).join(", ")}; connect with --live ${names}`);
}

/** @returns where a debugger attaches. @throws UserError for a port in use */
function debuggerAt(port: number): string {
  openInspector(port, "127.0.0.1");
  const url = inspectorUrl();
  if (url === undefined) throw new UserError(`Port ${port} is in use. Choose another port for the debugger with --inspect-port.`);
  return url;
}

function endWith(hub: LocalHub, stopWatching: (() => Promise<void>) | undefined): () => void {
  let ending = false;
  return () => {
    // A second signal ends the process at once.
    if (ending) process.exit(0);
    ending = true;
    print("stopping");
    Promise.resolve(stopWatching?.())
      .then(() => hub.stop())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          printError(error instanceof Error ? error.message : String(error));
          process.exit(1);
        },
      );
  };
}

/** One line: time, function and what it logged. */
const logText = ({ timestamp, function: name, message }: LogLine) =>
  `${timestamp} ${name}  ${typeof message === "string" ? message : JSON.stringify(message)}`;

function printResources({ applied }: LocalHub): void {
  const counts = new Map<string, number>();
  for (const { type } of applied.put) counts.set(type, (counts.get(type) ?? 0) + 1);
  for (const [type, count] of counts) print(`  ${String(count).padStart(4)}  ${type}`);
  for (const { resource, reason } of applied.noEffect) print(`  no effect  ${resource.type} ${resource.name}: ${reason}`);
}

function printReady(hub: LocalHub): void {
  const local = (url: string) => url.replace("127.0.0.1", "localhost");
  const [apiKey = ""] = hub.apiKeys;
  print(`console  ${local(hub.consoleUrl)}`);
  print(`third parties  ${local(hub.sandboxUrl)}`);
  print(`hub ready  ${local(hub.url)}`);
  print(`x-api-key: ${apiKey}`);
  const request = sampleRequest(hub.recording);
  if (request) print(curlLine(request, local(hub.url), apiKey));
}
