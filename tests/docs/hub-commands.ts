// Runs commands of `npm run hub` in one process, against an address where nothing listens. Reads a list of argument lists, as JSON, from the
// standard input, and prints what each wrote to the standard error.

import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

const NOBODY = ["--url", "http://127.0.0.1:9", "--key", "none"];
/** A command that goes on, such as one that follows a log, has taken its arguments by then. Milliseconds. */
const LONGEST = 5_000;

const main = pathToFileURL(join(import.meta.dirname, "../../cli/main.ts")).href;
const commands = JSON.parse(await text(process.stdin)) as readonly (readonly string[])[];
const exit = process.exit.bind(process);
const print = process.stdout.write.bind(process.stdout);
const answers: string[] = [];
let said = "";
process.stderr.write = (chunk: string | Uint8Array) => {
  said += String(chunk);
  return true;
};
process.stdout.write = () => true;
process.exit = (): never => {
  throw new Error("the command ended the process");
};
for (const [n, args] of commands.entries()) {
  said = "";
  process.argv = [process.execPath, main, ...args, ...NOBODY];
  const timer = Promise.withResolvers<void>();
  const timeout = setTimeout(timer.resolve, LONGEST);
  await Promise.race([
    import(`${main}?${n}`).catch((error: unknown) => {
      said += String(error);
    }),
    timer.promise,
  ]);
  clearTimeout(timeout);
  answers.push(said);
}
print(JSON.stringify(answers));
exit(0);
