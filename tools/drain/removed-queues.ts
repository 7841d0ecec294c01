import type { RecordedResource, Recording } from "../../local/recording.ts";

/** A queue in the stack's state. */
export interface DeployedQueue {
  readonly urn: string;
  readonly url: string;
}

const QUEUE = "aws:sqs/queue:Queue";

/** The used part of the output of `pulumi stack export`. */
interface Exported {
  readonly deployment?: { readonly resources?: readonly { readonly urn: string; readonly type: string; readonly id?: string }[] };
}

/** @returns queues of an exported state. @throws TypeError when the value is not an exported state */
export function queuesOf(state: unknown): readonly DeployedQueue[] {
  const { deployment } = (state ?? {}) as Exported;
  if (!deployment) throw new TypeError("the text is not an exported state. Give the output of `pulumi stack export`.");
  return (deployment.resources ?? []).flatMap(({ urn, type, id }) => (type === QUEUE && id ? [{ urn, url: id }] : []));
}

/** @returns deployed queues that the program declares neither by name nor by former name */
export function removedQueues(deployed: readonly DeployedQueue[], recording: Recording): readonly DeployedQueue[] {
  const { resources, stack, project } = recording;
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const kept = new Set(resources.filter(({ type }) => type === QUEUE).flatMap((queue) => urnsOf(queue)));
  return deployed.filter(({ urn }) => !kept.has(urn));

  /** URNs as the engine writes them; the recorder's hold the parent's type only. https://www.pulumi.com/docs/iac/concepts/resources/names/#urns */
  function urnsOf(queue: RecordedResource): readonly string[] {
    const types = typesOf(queue, byUrn).join("$");
    return namesOf(queue, byUrn).map((name) =>
      name.startsWith("urn:") ? name : `urn:pulumi:${stack}::${project}::${types}::${name}`,
    );
  }
}

/** Types of the parents, without the stack, and of the resource. A change of name does not affect them. */
function typesOf({ type, parent }: RecordedResource, byUrn: ReadonlyMap<string, RecordedResource>): readonly string[] {
  const above = parent === undefined ? undefined : byUrn.get(parent);
  return above && above.type !== "pulumi:pulumi:Stack" ? [...typesOf(above, byUrn), type] : [type];
}

/**
 * Name and former names. A child whose name starts with its parent's is renamed with it.
 * https://www.pulumi.com/docs/iac/concepts/resources/options/aliases/
 */
function namesOf({ name, parent, options }: RecordedResource, byUrn: ReadonlyMap<string, RecordedResource>): readonly string[] {
  const above = parent === undefined ? undefined : byUrn.get(parent);
  const names = [name, ...(options?.aliases ?? [])];
  if (!above) return names;
  const inherited = names.flatMap((child) =>
    child.startsWith(above.name)
      ? namesOf(above, byUrn).flatMap((former) => (former.startsWith("urn:") ? [] : [former + child.slice(above.name.length)]))
      : [],
  );
  return [...new Set([...names, ...inherited])];
}
