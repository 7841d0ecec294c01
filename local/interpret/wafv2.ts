import { Firewall } from "../../emulator/waf/firewall.ts";
import type { WebAclDefinition } from "../../emulator/waf/types.ts";
import type { Simulator } from "./simulator.ts";

const ACL = "aws:wafv2/webAcl:WebAcl";

/** A web ACL takes effect through its association with the stage; AWS's own rule groups do not. */
export const webAcl: Simulator = {
  type: ACL,
  put: () => {},
  withoutEffect: ({ inputs }) =>
    ((inputs as unknown as WebAclDefinition).rules ?? []).flatMap(({ statement: { managedRuleGroupStatement: group } }) =>
      group ? [`the rules of ${group.name} are ${group.vendorName}'s own and run there only`] : [],
    ),
};

export const webAclAssociation: Simulator = {
  type: "aws:wafv2/webAclAssociation:WebAclAssociation",
  parts: (resource, index) => [index.get(ACL, resource.inputs.webAclArn, resource)],
  put(resource, { gateway, clock }, index) {
    const { name, inputs } = index.get(ACL, resource.inputs.webAclArn, resource);
    gateway.protect(new Firewall({ ...(inputs as unknown as WebAclDefinition), name }, clock));
  },
  remove(_, { gateway }) {
    gateway.protect(undefined);
  },
};
