import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface Package {
  /** As its plugin is called: `aws` of `@pulumi/aws`. */
  readonly name: string;
  /** With a `v`. */
  readonly version: string;
}
interface Manifest {
  readonly version: string;
  readonly pulumi?: { readonly resource?: boolean; readonly name?: string };
}

/** Packages of Pulumi's below a program that have a provider plugin, whether the program imports them or one of its packages does. */
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
