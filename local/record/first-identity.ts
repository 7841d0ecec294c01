import type { RecordedResource } from "../recording.ts";

export interface Identity {
  readonly name: string;
  readonly urn: string;
}

/**
 * The name and URN that a resource had first: renamed with an alias it keeps its physical name, since that is in the state. A child
 * whose name starts with its parent's is renamed with it.
 * https://www.pulumi.com/docs/iac/concepts/resources/options/aliases/
 */
export function firstIdentity(
  { name, urn, options }: Pick<RecordedResource, "name" | "urn" | "options">,
  parent: { readonly name: string; readonly first: string } | undefined,
): Identity {
  const alias = options?.aliases[0]?.split("::").at(-1);
  const inherited = parent && name.startsWith(parent.name) ? parent.first + name.slice(parent.name.length) : name;
  const first = alias ?? inherited;
  // Under an alias of its own that starts with the parent's new name, the parent's former one is meant as well.
  const whole =
    alias !== undefined && parent && alias.startsWith(parent.name) ? parent.first + alias.slice(parent.name.length) : first;
  return { name: whole, urn: urn.slice(0, urn.length - name.length) + whole };
}
