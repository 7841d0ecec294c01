import * as pulumi from "@pulumi/pulumi";
import type { Flow } from "../../model/index.ts";

/**
 * Options that tag every resource below a component with project, stack and the stack's own tags; below a flow's also with its name
 * and owner. The tags are inputs of each resource, so that a preview, the policy pack and the local hub see them; the provider's
 * `defaultTags` are seen by none of them.
 */
export function tagged(tags: Readonly<Record<string, string>>, flow?: Flow): pulumi.ComponentResourceOptions {
  const all = {
    ...tags,
    "hub:project": pulumi.getProject(),
    "hub:stack": pulumi.getStack(),
    ...(flow && { "hub:flow": flow.name, "hub:owner": tagValue(flow.owner) }),
  };
  return {
    transformations: [
      ({ props, opts }) =>
        isTaggable(props) ? { props: { ...props, tags: { ...all, ...(props.tags as object | undefined) } }, opts } : undefined,
    ],
  };
}

/**
 * The constructor of a kind in @pulumi/aws lists each input and output of that kind, absent ones as `undefined`. Kinds that AWS tags
 * have both of these.
 */
const isTaggable = (props: Readonly<Record<string, unknown>>) => "tags" in props && "tagsAll" in props;

/** https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html#id_tags_naming_best_practices */
const tagValue = (text: string) => text.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, "_").slice(0, 256);
