import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { UserError } from "../../emulator/user-error.ts";

/** The settings of one stack in Pulumi.yaml and Pulumi.<stack>.yaml. */
export interface StackConfig {
  /** Name of the project, from Pulumi.yaml. */
  readonly project: string;
  /** Main file of the program; absolute. */
  readonly main: string;
  /** Namespaced key -> text. Values of other types are JSON, as `pulumi.Config#getObject` expects. */
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
 * @param skipEncrypted leaves encrypted values out. @default false
 * @throws UserError when a file is missing or unreadable, or a value is encrypted: only the CLI has the key
 */
export function stackConfig(root: string, stack: string, skipEncrypted = false): StackConfig {
  const project = read(join(root, "Pulumi.yaml"), "Run the hub in the folder of the Pulumi program") as ProjectFile;
  const { name } = project;
  if (!name) throw new UserError(`${join(root, "Pulumi.yaml")} has no project name. Add \`name:\`.`);
  const stackFile = join(root, `Pulumi.${stack}.yaml`);
  const { config = {} } = read(stackFile, `Choose one of the stacks ${stacksIn(root)}, or write a file for "${stack}"`) as {
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
        `${stackFile} has an encrypted value, ${key}, which only the Pulumi CLI can read. Run a stack without encrypted values, such as dev.`,
      );
    }
    values[namespaced(key)] = text(value);
  }
  return { project: name, main: join(root, project.main ?? "", project.main?.match(/\.[cm]?[jt]s$/) ? "" : "index.ts"), values };
}

const stacksIn = (root: string) =>
  readdirSync(root)
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort()
    .join(", ") || "those that you write";

function read(file: string, remedy: string): unknown {
  if (!existsSync(file)) throw new UserError(`${file} does not exist. ${remedy}.`);
  try {
    return parse(readFileSync(file, "utf8")) ?? {};
  } catch (error) {
    throw new UserError(`${file} can't be read: ${(error as Error).message.split("\n")[0]} Correct the YAML.`);
  }
}

/** The value of a setting in Pulumi.yaml: a plain value, `{ value }`, or `{ type, default }`. */
function defaultOf(declared: unknown): unknown {
  if (typeof declared !== "object" || declared === null) return declared;
  const { value, default: fallback } = declared as { value?: unknown; default?: unknown };
  return value ?? fallback;
}

/** The CLI encrypts a whole value or strings inside it. */
function isEncrypted(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return ("secure" in value && Object.keys(value).length === 1) || Object.values(value).some(isEncrypted);
}
const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
