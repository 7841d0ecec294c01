import type { RecordedOptions } from "../recording.ts";

/** What a registration says beside type, name and inputs; a resource that is only read says less. */
export interface OptionsRequest {
  getProtect?(): boolean;
  getRetainondelete?(): boolean;
  getAliasesList?(): readonly Alias[];
  getPropertydependenciesMap?(): {
    forEach(visit: (value: { getUrnsList(): readonly string[] }, key: string) => void): void;
  };
}
interface Alias {
  getUrn(): string;
  getSpec(): { getName(): string; getType(): string; getParenturn(): string } | undefined;
}

/** @returns how Pulumi would treat the resource; aliases by their former names, or URNs where these are given. */
export function optionsOf(request: OptionsRequest): RecordedOptions {
  const propertyDependencies: Record<string, readonly string[]> = {};
  request.getPropertydependenciesMap?.().forEach((value, key) => {
    const urns = value.getUrnsList();
    if (urns.length > 0) propertyDependencies[key] = [...urns].sort();
  });
  return {
    protect: request.getProtect?.() ?? false,
    retainOnDelete: request.getRetainondelete?.() ?? false,
    aliases: (request.getAliasesList?.() ?? []).map((alias) => alias.getUrn() || (alias.getSpec()?.getName() ?? "")),
    propertyDependencies,
  };
}
