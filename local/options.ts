import { parseArgs } from "node:util";
import { UserError } from "../emulator/user-error.ts";

/** Options of `npm start -- …`. */
export interface Options {
  readonly port: number;
  readonly consolePort: number;
  readonly sandboxPort: number;
  /** Folder of all state. */
  readonly data: string;
  readonly stack: string;
  readonly watch: boolean;
  readonly verbose: boolean;
  /** Port at which a debugger attaches; handlers have no time limits then. `undefined`: none. */
  readonly inspect: number | undefined;
  /** Factor to the wall clock at which queues, retries and schedules run, 1 to 1000. */
  readonly speed: number;
  /** Host names beside those of this machine by which callers may reach the hub. */
  readonly allowedHosts: readonly string[];
  /** Adapters whose third parties are called at their real addresses. */
  readonly live: readonly string[];
}

export const HELP = `Runs the hub on this machine: npm start -- [options]

  --port <n>          port of the API gateway (default 4510; for all three ports, 0 takes any free port)
  --console-port <n>  port of the console (default 4511)
  --sandbox-port <n>  port of the sandbox that simulates the third parties (default 4512)
  --data <folder>     folder of all state (default .hub)
  --stack <name>      reads Pulumi.<name>.yaml (default dev)
  --watch             reloads flows, events, third parties, models and settings when their files change
  --inspect           lets a debugger stop in handlers, on port 9229; time limits are off (.vscode/launch.json)
  --inspect-port <n>  the same, on this port
  --verbose           prints the whole log of each function, and lists the resources and which of them have no effect on one machine
  --speed <x>         runs queues, retries and schedules x times faster than the clock, 1 to 1000 (default 1)
  --allow-host <host> accepts calls to this host name too, such as that of a tunnel; may be repeated
  --live <a,b>        calls these third parties at their real addresses, with the secrets in live.json; all others stay in
                      the sandbox
  --help              prints this help
`;

/**
 * @returns the options; `undefined` for --help
 * @throws UserError for an unknown option or an invalid value
 */
export function parseOptions(args: readonly string[]): Options | undefined {
  const given = parsed(args);
  if (given.help) return undefined;
  return {
    port: port("port", given.port ?? "4510"),
    consolePort: port("console-port", given["console-port"] ?? "4511"),
    sandboxPort: port("sandbox-port", given["sandbox-port"] ?? "4512"),
    data: given.data ?? ".hub",
    stack: stack(given.stack ?? "dev"),
    watch: given.watch ?? false,
    verbose: given.verbose ?? false,
    inspect: inspectPort(given),
    speed: speed(given.speed ?? "1"),
    allowedHosts: given["allow-host"] ?? [],
    live: [...new Set((given.live ?? []).flatMap((names) => names.split(",")))].filter((name) => name !== ""),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: "string" },
        "console-port": { type: "string" },
        "sandbox-port": { type: "string" },
        data: { type: "string" },
        stack: { type: "string" },
        speed: { type: "string" },
        "allow-host": { type: "string", multiple: true },
        live: { type: "string", multiple: true },
        watch: { type: "boolean" },
        verbose: { type: "boolean" },
        inspect: { type: "boolean" },
        "inspect-port": { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new UserError(`${(error as Error).message.split(/[.\n]/)[0]}. See npm start -- --help.`);
  }
}

function port(option: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 65_535) return value;
  throw new UserError(`--${option} is "${text}". Give a port from 0 to 65535.`);
}

/** @returns Node's own default where only `--inspect` is given. https://nodejs.org/api/cli.html#--inspecthostport */
function inspectPort({ inspect = false, "inspect-port": text }: { inspect?: boolean; "inspect-port"?: string }) {
  if (text !== undefined) return port("inspect-port", text);
  return inspect ? 9229 : undefined;
}

function stack(name: string): string {
  if (/^[A-Za-z0-9_.-]{1,100}$/.test(name)) return name;
  throw new UserError(`--stack is "${name}". Give the name of a stack, such as dev.`);
}

function speed(text: string): number {
  const value = Number(text);
  if (value >= 1 && value <= 1_000) return value;
  throw new UserError(`--speed is "${text}". Give a number from 1 to 1000.`);
}
