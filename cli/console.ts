// npm run console -- --stack <name>: the console of a deployed stack, by its public API, on this machine.
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { deployedSource } from "../console/server/deployed/source.ts";
import { serveConsole } from "../console/server/serve-console.ts";
import { compilePattern } from "../emulator/events/pattern.ts";
import { refusalOf } from "../emulator/local-callers.ts";
import { UserError } from "../emulator/user-error.ts";
import { record } from "../local/record/record.ts";
import { sampleOf } from "../local/schema-sample.ts";
import { CliError } from "./cli-error.ts";
import { connect, stackName } from "./connection.ts";
import { CONSOLE_HELP } from "./help.ts";
import { stackParts } from "./stack-parts.ts";

try {
  await run();
} catch (error) {
  if (!(error instanceof CliError || error instanceof UserError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function run(): Promise<void> {
  const { stack, url, key, port, help } = parsed(process.argv.slice(2));
  if (help) return print(CONSOLE_HELP);
  if (stack === undefined && url === undefined && process.env.HUB_URL === undefined)
    throw new CliError(
      "No stack is named. Add --stack <name>, or --url and --key. The hub on this machine has its own console: npm start.",
    );
  const hub = connect({
    ...(stack !== undefined && { stack }),
    ...(url !== undefined && { url }),
    ...(key !== undefined && { key }),
  });
  const declared = stackName(stack ?? "dev");
  print("… reading the program");
  const root = resolve(import.meta.dirname, "..");
  const { resources } = await record({ root, stack: declared, skipEncrypted: true });
  const isOfStack = stack !== undefined && url === undefined && process.env.HUB_URL === undefined;
  const parts = isOfStack ? stackParts(stack) : new Map();
  const server = await serveConsole(port, (headers) => refusalOf(headers)).catch((error: unknown) => {
    throw new CliError(`Port ${port} can't be opened: ${(error as Error).message}. Choose another one with --port.`);
  });
  server.show(
    deployedSource({
      apiUrl: hub.url,
      operatorKey: hub.apiKey,
      otherKeys: hub.otherKeys ?? [],
      deployed: isOfStack
        ? { name: declared, options: `--stack ${stack}` }
        : { name: new URL(hub.url).host, options: `--url ${hub.url} --key …` },
      ...{ root, resources, parts },
      matches: (pattern, event) => compilePattern(pattern)(event),
      sampleOf,
    }),
  );
  print(`console ready  http://localhost:${server.port}  of ${hub.url}`);
  const end = () => void server.close();
  process.once("SIGINT", end).once("SIGTERM", end);
}

function parsed(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    const { port = "4513", ...others } = parseArgs({
      args: [...args],
      options: { stack: text, url: text, key: text, port: text, help: { type: "boolean" } },
    }).values;
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw new Error("--port is not a number from 0 to 65535");
    return { ...others, port: Number(port) };
  } catch (error) {
    throw new CliError(`${(error as Error).message.split(/[.\n]/)[0]}. See npm run console -- --help.`);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
