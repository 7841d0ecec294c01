import type { Method } from "./open-api.ts";
import type { MethodSettings, RestApiDefinition } from "./types.ts";

/** @returns the settings that apply to a method, and whether they are the method's own or those of all methods */
export function settingsOf(
  { methodSettings = [] }: RestApiDefinition["stage"],
  { resource, verb }: Pick<Method, "resource" | "verb">,
): { readonly own: boolean; readonly found: MethodSettings | undefined } {
  const path = `${resource.slice(1)}/${verb}`;
  const own = methodSettings.find(({ methodPath }) => methodPath.replaceAll("~1", "/").replace(/^\//, "") === path);
  return { own: own !== undefined, found: own ?? methodSettings.find(({ methodPath }) => methodPath === "*/*") };
}
