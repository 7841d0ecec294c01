import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { UserError } from "../../emulator/user-error.ts";

/** What the files beside index.ts say of one stack. */
export interface StackConfig {
  /** Name of the project, from Pulumi.yaml. */
  readonly project: string;
  /** Program's main file, absolute. */
  readonly main: string;
  /** Namespaced key -> text; what is no text in YAML is JSON here, as `pulumi.Config#getObject` wants it. */
  readonly values: Readonly<Record<string, string>>;
}

interface ProjectFile {
  readonly name?: string;
  readonly main?: string;
  readonly config?: Readonly<Record<string, unknown>>;
}

/**
 * Reads Pulumi.yaml and Pulumi.<stack>.yaml as the Pulumi CLI does.
 * https://www.pulumi.com/docs/iac/concepts/projects/project-file/
 *
 * @param root folder that holds Pulumi.yaml
 * @param skipEncrypted leaves encrypted values out, as though they were not set. @default false
 * @throws UserError when a file is missing or can't be read, or when a value is encrypted: its key is the CLI's
 */
export function stackConfig(root: string, stack: string, skipEncrypted = false): StackConfig {
  const project = read(join(root, "Pulumi.yaml"), "Run the hub in the folder of the Pulumi program") as ProjectFile;
  const { name } = project;
  if (!name) throw new UserError(`${join(root, "Pulumi.yaml")} names no project. Add \`name:\`.`);
  const stackFile = join(root, `Pulumi.${stack}.yaml`);
  const { config = {} } = read(stackFile, `Choose a stack that has a file, or write one for "${stack}"`) as {
    config?: Record<string, unknown> | null;
  };
  const namespaced = (key: string) => (key.includes(":") ? key : `${name}:${key}`);
  const values: Record<string, string> = {};
  for (const [key, declared] of Object.entries(project.config ?? {})) {
    const value = defaultOf(declared);
    if (value !== undefined) values[namespaced(key)] = text(value);
  }
  for (const [key, value] of Object.entries(config ?? {})) {
    if (isEncrypted(value)) {
      if (skipEncrypted) continue;
      throw new UserError(
        `${stackFile} holds ${key} encrypted, and only the Pulumi CLI can read it. Run a stack without encrypted values, such as dev.`,
      );
    }
    values[namespaced(key)] = text(value);
  }
  return { project: name, main: join(root, project.main ?? "", project.main?.match(/\.[cm]?[jt]s$/) ? "" : "index.ts"), values };
}

function read(file: string, remedy: string): unknown {
  if (!existsSync(file)) throw new UserError(`${file} is not there. ${remedy}.`);
  try {
    return parse(readFileSync(file, "utf8")) ?? {};
  } catch (error) {
    throw new UserError(`${file} can't be read: ${(error as Error).message.split("\n")[0]} Mend the YAML.`);
  }
}

/** A project's own setting: a plain value, `{ value }` or, with its type declared, `{ type, default }`. */
function defaultOf(declared: unknown): unknown {
  if (typeof declared !== "object" || declared === null) return declared;
  const { value, default: fallback } = declared as { value?: unknown; default?: unknown };
  return value ?? fallback;
}

/** The CLI encrypts a value, or texts anywhere within it. */
function isEncrypted(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return ("secure" in value && Object.keys(value).length === 1) || Object.values(value).some(isEncrypted);
}
const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
