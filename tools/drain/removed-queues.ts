import type { RecordedResource, Recording } from "../../local/recording.ts";

/** A queue as the stack's state has it. */
export interface DeployedQueue {
  readonly urn: string;
  readonly url: string;
}

const QUEUE = "aws:sqs/queue:Queue";

/** What `pulumi stack export` prints, as far as it matters here. */
interface Exported {
  readonly deployment?: { readonly resources?: readonly { readonly urn: string; readonly type: string; readonly id?: string }[] };
}

/** @returns queues of an exported state. @throws TypeError when it is none */
export function queuesOf(state: unknown): readonly DeployedQueue[] {
  const { deployment } = (state ?? {}) as Exported;
  if (!deployment) throw new TypeError("the text is no exported state. Give what `pulumi stack export` prints.");
  return (deployment.resources ?? []).flatMap(({ urn, type, id }) => (type === QUEUE && id ? [{ urn, url: id }] : []));
}

/** @returns queues of the state that the program no longer has, neither under their name nor as the former name of another. */
export function removedQueues(deployed: readonly DeployedQueue[], recording: Recording): readonly DeployedQueue[] {
  const { resources, stack, project } = recording;
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const kept = new Set(resources.filter(({ type }) => type === QUEUE).flatMap((queue) => urnsOf(queue)));
  return deployed.filter(({ urn }) => !kept.has(urn));

  /** As the engine writes them: the recorder's name one type above it only. https://www.pulumi.com/docs/iac/concepts/resources/names/#urns */
  function urnsOf(queue: RecordedResource): readonly string[] {
    const types = typesOf(queue, byUrn).join("$");
    return namesOf(queue, byUrn).map((name) =>
      name.startsWith("urn:") ? name : `urn:pulumi:${stack}::${project}::${types}::${name}`,
    );
  }
}

/** Its type below those of all its parents but the stack; a change of name leaves them alone. */
function typesOf({ type, parent }: RecordedResource, byUrn: ReadonlyMap<string, RecordedResource>): readonly string[] {
  const above = parent === undefined ? undefined : byUrn.get(parent);
  return above && above.type !== "pulumi:pulumi:Stack" ? [...typesOf(above, byUrn), type] : [type];
}

/**
 * Its name and its former names. A child whose name starts with its parent's is renamed with it.
 * https://www.pulumi.com/docs/iac/concepts/resources/options/aliases/
 */
function namesOf({ name, parent, options }: RecordedResource, byUrn: ReadonlyMap<string, RecordedResource>): readonly string[] {
  const above = parent === undefined ? undefined : byUrn.get(parent);
  const own = [name, ...(options?.aliases ?? [])];
  if (!above) return own;
  const inherited = own.flatMap((one) =>
    one.startsWith(above.name)
      ? namesOf(above, byUrn).flatMap((former) => (former.startsWith("urn:") ? [] : [former + one.slice(above.name.length)]))
      : [],
  );
  return [...new Set([...own, ...inherited])];
}
