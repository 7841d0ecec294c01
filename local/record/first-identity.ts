import type { RecordedResource } from "../recording.ts";

export interface Identity {
  readonly name: string;
  readonly urn: string;
}

/**
 * The first name and URN of a resource. A resource that was renamed with an alias keeps its physical name, which is in the state.
 * A child whose name starts with the parent's name is renamed together with the parent.
 * https://www.pulumi.com/docs/iac/concepts/resources/options/aliases/
 */
export function firstIdentity(
  { name, urn, options }: Pick<RecordedResource, "name" | "urn" | "options">,
  parent: { readonly name: string; readonly first: string } | undefined,
): Identity {
  const alias = options?.aliases[0]?.split("::").at(-1);
  const inherited = parent && name.startsWith(parent.name) ? parent.first + name.slice(parent.name.length) : name;
  const first = alias ?? inherited;
  // An alias that starts with the parent's new name stands for the parent's former name, too.
  const firstName =
    alias !== undefined && parent && alias.startsWith(parent.name) ? parent.first + alias.slice(parent.name.length) : first;
  return { name: firstName, urn: urn.slice(0, urn.length - name.length) + firstName };
}
