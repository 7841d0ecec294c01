import { HubError } from "../../emulator/user-error.ts";
import type { RecordedResource } from "../recording.ts";
import { type ResourceIndex, textOf } from "./resource-index.ts";
import type { Simulator } from "./simulator.ts";

const ROLE = "aws:iam/role:Role";

export const role: Simulator = {
  type: ROLE,
  put(resource, { iam }) {
    const { inlinePolicies = [], managedPolicyArns = [] } = resource.inputs as {
      inlinePolicies?: { name: string; policy: string }[];
      managedPolicyArns?: string[];
    };
    if (managedPolicyArns.length > 0) {
      throw new HubError(
        `Role ${resource.name} has the managed policy ${managedPolicyArns[0]}, whose statements are not known here. Write an inline policy.`,
      );
    }
    const arn = textOf(resource, "arn");
    iam.defineRole({ arn, name: textOf(resource, "name"), assumeRolePolicy: textOf(resource, "assumeRolePolicy") });
    for (const { name, policy } of inlinePolicies) iam.putRolePolicy(arn, name, policy);
  },
};

export const rolePolicy: Simulator = {
  type: "aws:iam/rolePolicy:RolePolicy",
  put(resource, { iam }, index) {
    iam.putRolePolicy(arnOf(resource, index), textOf(resource, "name"), textOf(resource, "policy"));
  },
  remove(resource, { iam }, index) {
    iam.deleteRolePolicy(arnOf(resource, index), textOf(resource, "name"));
  },
};

const arnOf = (resource: RecordedResource, index: ResourceIndex) =>
  textOf(index.get(ROLE, resource.inputs.role, resource), "arn");
