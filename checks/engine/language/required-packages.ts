import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface Package {
  /** Name of its plugin, such as `aws` for `@pulumi/aws`. */
  readonly name: string;
  /** Version with a leading `v`. */
  readonly version: string;
}
interface Manifest {
  readonly version: string;
  readonly pulumi?: { readonly resource?: boolean; readonly name?: string };
}

/** Pulumi packages with a provider plugin among a program's direct and indirect dependencies. */
export function requiredPackages(programDirectory: string): readonly Package[] {
  const scope = join(programDirectory, "node_modules/@pulumi");
  if (!existsSync(scope)) return [];
  return readdirSync(scope).flatMap((folder) => {
    const file = join(scope, folder, "package.json");
    if (!existsSync(file)) return [];
    const { version, pulumi } = JSON.parse(readFileSync(file, "utf8")) as Manifest;
    return pulumi?.resource ? [{ name: pulumi.name ?? folder, version: `v${version.replace(/^v/, "")}` }] : [];
  });
}
