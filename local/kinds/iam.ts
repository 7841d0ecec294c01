import { UserError } from "../../emulator/user-error.ts";
import { type RecordedResource, type ResourceIndex, textOf } from "../recording.ts";
import type { Kinds } from "./kind.ts";
import { shortId } from "./outputs.ts";

const ROLE = "aws:iam/role:Role";

export const iam: Kinds = {
  [ROLE]: {
    outputs: ({ physicalName, partition, accountId, inputs, urn }) => ({
      id: physicalName,
      arn: `arn:${partition}:iam::${accountId}:role${String(inputs.path ?? "/")}${physicalName}`,
      uniqueId: `AROA${shortId(urn, 17).toUpperCase()}`,
    }),
    simulate: {
      put(resource, { iam }) {
        const { inlinePolicies = [], managedPolicyArns = [] } = resource.inputs as {
          inlinePolicies?: { name: string; policy: string }[];
          managedPolicyArns?: string[];
        };
        if (managedPolicyArns.length > 0)
          throw new UserError(
            `Role ${resource.name} has the managed policy ${managedPolicyArns[0]}, whose statements are not known here. Write an inline policy.`,
          );
        const arn = textOf(resource, "arn");
        iam.defineRole({ arn, name: textOf(resource, "name"), assumeRolePolicy: textOf(resource, "assumeRolePolicy") });
        for (const { name, policy } of inlinePolicies) iam.putRolePolicy(arn, name, policy);
      },
    },
  },

  "aws:iam/rolePolicy:RolePolicy": {
    outputs: ({ physicalName, inputs }) => ({ id: `${String(inputs.role)}:${physicalName}` }),
    simulate: {
      put(resource, { iam }, index) {
        iam.putRolePolicy(roleArn(resource, index), textOf(resource, "name"), textOf(resource, "policy"));
      },
      remove(resource, { iam }, index) {
        iam.deleteRolePolicy(roleArn(resource, index), textOf(resource, "name"));
      },
    },
  },
};

const roleArn = (resource: RecordedResource, index: ResourceIndex) =>
  textOf(index.get(ROLE, resource.inputs.role, resource), "arn");
