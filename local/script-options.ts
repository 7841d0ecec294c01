import { type ParseArgsConfig, parseArgs } from "node:util";
import { UserError } from "../emulator/user-error.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/**
 * Options of an npm script, which ends with status 1 and one line when they are not those that it takes.
 * @param script such as `npm run cost`
 * @param options as Node's `parseArgs` has them
 * @param words what words beside options are, such as `stack`. @default the script takes none
 */
export function scriptOptions<const T extends Options>(script: string, options: T, words?: string) {
  return orRefused(() => parsedOptions(script, process.argv.slice(2), options, words));
}

/** @throws UserError that names what the script takes */
export function parsedOptions<const T extends Options>(script: string, args: readonly string[], options: T, words?: string) {
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true });
    const [word] = parsed.positionals;
    if (word === undefined || words !== undefined) return parsed;
    throw new Error(`Unexpected argument '${word}'`);
  } catch (error) {
    const taken = Object.entries(options).map(([name, { type }]) => (type === "string" ? `--${name} <…>` : `--${name}`));
    if (words !== undefined) taken.unshift(`<${words}>`);
    const [fact] = (error as Error).message.split(/[.\n]/);
    throw new UserError(`${script}: ${fact}. It takes ${taken.length > 0 ? taken.join(", ") : "no options"}.`);
  }
}

/** @returns the whole number of at least 1 that the text is; otherwise it ends the process as `scriptOptions` does */
export function countOf(script: string, option: string, text: string): number {
  return orRefused(() => {
    if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
    throw new UserError(`${script}: ${option} is "${text}". Give a whole number of at least 1.`);
  });
}

function orRefused<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
