import type { RecordedOptions } from "../recording.ts";

/** Resource options in a registration. A request that only reads a resource lacks some of them. */
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

/** @returns the resource options; an alias is a former name, or a URN if the program gives one */
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
