import * as pulumi from "@pulumi/pulumi";
import type * as z from "zod";
import { DeclarationError, type Problem } from "../../model/index.ts";
import { nearest } from "../../model/nearest.ts";
import { formOf, schemaAt } from "./forms.ts";
import { type HubConfig, settings } from "./schema.ts";

export type { HubConfig, ThirdPartyConfig } from "./schema.ts";

/** Names of all settings, without `hub:`. */
export const SETTINGS: readonly string[] = Object.keys(settings.shape);

/**
 * Reads and checks the stack's settings.
 * @throws DeclarationError with all problems at once
 */
export function readConfig(): HubConfig {
  // Not Config#get, which warns of an encrypted setting that is read as text; what holds secrets is made secret where it is used.
  const given = Object.fromEntries(
    Object.entries(pulumi.runtime.allConfig())
      .filter(([key]) => key.startsWith("hub:"))
      .map(([key, text]) => [key.slice(4), parse(text)]),
  );
  const read = settings.safeParse(given, { reportInput: true });
  const found = read.success ? [] : read.error.issues.flatMap(problemsOf);
  const problems = [...found, ...plainSecrets(given)];
  if (read.success && problems.length === 0) return read.data;
  throw new DeclarationError([...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()]);
}

/** Pulumi hands over texts: JSON for what is no text in YAML. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function problemsOf({ path, input, ...issue }: z.core.$ZodIssue): readonly Problem[] {
  const where = placeOf(path);
  const schema = schemaAt(path);
  const file = `Pulumi.${pulumi.getStack()}.yaml`;
  // A secret value must not get into a message.
  const value = (shown: string) => (isSecret(String(path[0])) ? "the value" : shown);
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      code: "NAME",
      where: placeOf([...path, key]),
      fact: "the hub has no such setting",
      remedy: remedyFor(key, path, Object.keys(schema.properties ?? {})),
    }));
  if (issue.code === "invalid_key") {
    const form = formOf(schemaAt(path.slice(0, -1)).propertyNames ?? {});
    return [{ code: "NAME", where, fact: `the name is not ${form}`, remedy: `Rename it in ${file}` }];
  }
  if (issue.code === "custom" && issue.params) {
    const fact = `${value(issue.params.value)} ${issue.message}`;
    return [{ code: "NAME", where, fact, remedy: issue.params.remedy }];
  }
  const form = formOf(schema);
  if (input === undefined) return [{ code: "RANGE", where, fact: "it is missing", remedy: `Set it to ${form} in ${file}` }];
  return [{ code: "RANGE", where, fact: `${value(JSON.stringify(input))} is not ${form}`, remedy: `Set it in ${file}` }];
}

/** @returns the place as `pulumi config set --path` writes it, such as `config hub:secrets["erp/oauth"].clientId` */
const placeOf = ([setting, ...path]: readonly PropertyKey[]) => `config hub:${String(setting)}${path.map(partOf).join("")}`;

function partOf(key: PropertyKey): string {
  if (typeof key === "number") return `[${key}]`;
  return /^[\w-]+$/.test(String(key)) ? `.${String(key)}` : `[${JSON.stringify(key)}]`;
}

function remedyFor(key: string, path: readonly PropertyKey[], known: readonly string[]): string {
  const meant = nearest(key, known);
  return meant === undefined ? `Use one of ${known.join(", ")}` : `Use ${placeOf([...path, meant]).slice("config ".length)}`;
}

/** The engine lists encrypted settings in the environment; the SDK does not export them. */
const isEncrypted = (setting: string) =>
  (JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS || "[]") as string[]).includes(`hub:${setting}`);
const isSecret = (setting: string) => setting === "secrets" || isEncrypted(setting);

/** A value in plain text would be in version control, and in the stack's state. */
function plainSecrets({ secrets }: Readonly<Record<string, unknown>>): readonly Problem[] {
  if (secrets === undefined || isEncrypted("secrets")) return [];
  return [
    {
      code: "SECRET",
      where: placeOf(["secrets"]),
      fact: "it is not encrypted",
      remedy: "Remove it, change those secrets, and set it with `pulumi config set --secret --path`",
    },
  ];
}
