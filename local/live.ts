import { readFileSync, statSync } from "node:fs";
import * as z from "zod";
import { UserError } from "../emulator/user-error.ts";
import { isConnection } from "../model/index.ts";
import type { ResourceIndex } from "./recording.ts";
import { thirdPartiesOf } from "./sandbox/third-parties.ts";

/** Credentials of the third parties that `--live` names, in the program's folder; not in git. */
export const LIVE_FILE = "live.json";

/** A third party that is called at its real address. */
interface LiveParty {
  /** Instead of the declared addresses. */
  readonly baseUrl?: string | undefined;
  readonly tokenUrl?: string | undefined;
}
export interface Live {
  /** By the adapter's name. */
  readonly parties: ReadonlyMap<string, LiveParty>;
  /** Values of their secrets, by the declared name. */
  readonly secrets: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

const address = z.string().refine((text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return (
    url?.protocol === "https:" || (url?.protocol === "http:" && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname))
  );
}, "is neither an https URL nor http on this machine");
const file = z.record(
  z.string(),
  z.strictObject({
    baseUrl: address.optional(),
    tokenUrl: address.optional(),
    secrets: z.record(z.string(), z.record(z.string(), z.string().min(1))).default({}),
  }),
);

/**
 * Reads addresses and secrets of the third parties that are called live.
 * @param names adapters' names
 * @param path of the file
 * @throws UserError for an unknown name, a file that others can read, malformed content, and a missing secret; it shows no value
 */
export function readLive(names: readonly string[], path: string, index: ResourceIndex): Live {
  if (names.length === 0) return { parties: new Map(), secrets: new Map() };
  const known = new Map(thirdPartiesOf(index).map((party) => [party.name, party]));
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new UserError(
      `--live names "${unknown}", and no flow uses such a third party. Use ${[...known.keys()].sort().join(", ")}.`,
    );
  const needsFile = names.some((name) => Object.keys(known.get(name)?.secrets ?? {}).length > 0);
  const given = contentOf(path, needsFile);
  const addressed = names.find((name) => {
    const party = known.get(name);
    return party && isConnection(party) && (given[name]?.baseUrl ?? given[name]?.tokenUrl) !== undefined;
  });
  if (addressed !== undefined)
    throw new UserError(
      `${path}: ${addressed} is no HTTP API, and its handler reads the address from the secret. Leave baseUrl and tokenUrl out.`,
    );
  const secrets = new Map<string, Readonly<Record<string, string>>>();
  for (const name of names)
    for (const [secret, keys] of Object.entries(known.get(name)?.secrets ?? {})) {
      const value = given[name]?.secrets[secret];
      const missing = keys.find((key) => value?.[key] === undefined);
      if (value === undefined || missing !== undefined)
        throw new UserError(
          `${path}: ${name} lacks the key ${missing ?? "of"} of its secret ${secret}. Write { "${name}": { "secrets": { "${secret}": { ${keys.map((key) => `"${key}": "…"`).join(", ")} } } } }.`,
        );
      secrets.set(secret, value);
    }
  return { parties: new Map(names.map((name) => [name, given[name] ?? {}])), secrets };
}

function contentOf(path: string, required: boolean): z.infer<typeof file> {
  let text: string;
  try {
    const { mode } = statSync(path);
    // Windows has no such modes.
    if (process.platform !== "win32" && (mode & 0o077) !== 0)
      throw new UserError(`${path} holds credentials, and others can read it. Run chmod 600 ${path}.`);
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (!required) return {};
    throw new UserError(
      `${path} can't be read (${(error as NodeJS.ErrnoException).code}). Write the secrets of the live third parties there.`,
    );
  }
  // The parser's own message would quote the file.
  const result = file.safeParse(jsonOf(text));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new UserError(
    `${path}, /${issue?.path.map(String).join("/") ?? ""}: ${issue?.message ?? "it is malformed"}. Write { "<adapter>": { "secrets": { "<secret>": { "<key>": "…" } } } }.`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
