import { parsedOptions } from "../../local/script-options.ts";

export interface SmokeOptions {
  /** A stack on AWS. @default a hub of this machine, started for the run */
  readonly stack: string | undefined;
  /** Whether third parties are replaced by the sandbox while the checks run. */
  readonly sandbox: boolean;
  /** Ids of the checks to run. @default all */
  readonly only: readonly string[];
}

export const HELP = `Checks a running hub: npm run smoke -- [options]

  (no option)        starts the hub on this machine, as npm start does, and ends it after the checks
  --stack <name>     a stack on AWS, by its Pulumi outputs. Deploys a sandbox, routes the stack's third parties to it
                     (hub:thirdParties) for as long as the checks run, and removes it; refuses a stack with hub:protect
  --without-sandbox  changes nothing on AWS: runs the checks that need no sandbox. They call the real third parties
  --only <id,…>      runs these checks only
  --help             prints this help

Exit status: 0 when each check holds or is skipped, 1 otherwise.
docs/unknowns.md lists what a run on AWS settles.`;

/** @returns `undefined` for --help. @throws Error for an unknown option */
export function parseOptions(args: readonly string[], known: readonly string[]): SmokeOptions | undefined {
  const { values } = parsedOptions("npm run smoke", args, {
    stack: { type: "string" },
    "without-sandbox": { type: "boolean" },
    only: { type: "string" },
    help: { type: "boolean" },
  });
  if (values.help) return undefined;
  const only = values.only?.split(",") ?? [];
  const unknown = only.find((id) => !known.includes(id));
  if (unknown !== undefined) throw new Error(`There is no check "${unknown}". Name some of ${known.join(", ")}.`);
  return { stack: values.stack, sandbox: !values["without-sandbox"], only };
}
