import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type LocalHub, startHub } from "./hub.ts";
import { curlLine, sampleRequest } from "./interpret/sample-request.ts";
import { HELP, type Options, parseOptions } from "./options.ts";
import { watchProgram } from "./watch.ts";

const ROOT = resolve(import.meta.dirname, "..");
const say = (text: string) => process.stdout.write(`${text}\n`);
const complain = (text: string) => process.stderr.write(`${text}\n`);

try {
  const options = parseOptions(process.argv.slice(2));
  if (options) await run(options);
  else say(HELP.trimEnd());
} catch (error) {
  complain(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

async function run(options: Options): Promise<void> {
  // Asked to end while it starts: nothing needs to be put in order, all that is written is consistent at any time.
  const giveUp = () => process.exit(0);
  process.once("SIGINT", giveUp).once("SIGTERM", giveUp);
  const hub = await startHub({ ...options, root: ROOT, onProgress: (message) => say(`… ${message}`), onProblem: complain });
  const stopWatching = options.watch ? watchProgram(hub, ROOT, options.stack, say) : undefined;
  process.off("SIGINT", giveUp).off("SIGTERM", giveUp);
  const end = endWith(hub, stopWatching);
  process.on("SIGINT", end).on("SIGTERM", end);
  noteRunning(hub, options.data);
  if (options.verbose) tellResources(hub);
  tellReady(hub);
}

/** Where `npm run hub` finds the hub, and the keys it may use. */
function noteRunning({ url, recording: { outputs } }: LocalHub, data: string): void {
  const { apiKeys, operators } = outputs;
  writeFileSync(join(data, "running.json"), JSON.stringify({ apiUrl: url, apiKeys, operators }), { mode: 0o600 });
}

function endWith(hub: LocalHub, stopWatching: (() => Promise<void>) | undefined): () => void {
  let ending = false;
  return () => {
    // A second signal is impatience: end at once.
    if (ending) process.exit(0);
    ending = true;
    say("ending");
    Promise.resolve(stopWatching?.())
      .then(() => hub.stop())
      .then(
        () => process.exit(0),
        (error: unknown) => {
          complain(error instanceof Error ? error.message : String(error));
          process.exit(1);
        },
      );
  };
}

function tellResources({ applied }: LocalHub): void {
  const counts = new Map<string, number>();
  for (const { type } of applied.put) counts.set(type, (counts.get(type) ?? 0) + 1);
  for (const [type, count] of counts) say(`  ${String(count).padStart(4)}  ${type}`);
  for (const { resource, reason } of applied.noEffect) say(`  no effect  ${resource.type} ${resource.name}: ${reason}`);
}

function tellReady(hub: LocalHub): void {
  const local = (url: string) => url.replace("127.0.0.1", "localhost");
  const [apiKey = ""] = hub.apiKeys;
  say(`status page  ${local(hub.consoleUrl)}`);
  say(`third parties  ${local(hub.sandboxUrl)}`);
  say(`hub ready  ${local(hub.url)}`);
  say(`x-api-key: ${apiKey}`);
  const request = sampleRequest(hub.recording);
  if (request) say(curlLine(request, local(hub.url), apiKey));
}
