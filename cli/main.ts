import { createInterface } from "node:readline/promises";
import { CliError } from "./cli-error.ts";
import { runCommand } from "./run-command.ts";
import { terminal } from "./terminal.ts";

const print = (line: string) => void process.stdout.write(`${line}\n`);

const end = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => end.abort());
try {
  const around = { to: terminal(), print, signal: end.signal, ask: process.stdin.isTTY ? ask : undefined };
  const printed = await runCommand(process.argv.slice(2), around);
  if (printed !== undefined) print(printed);
} catch (error) {
  if (!(error instanceof CliError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(question);
  terminal.close();
  return answer.trim() === "yes";
}
