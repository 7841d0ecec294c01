import { Firewall } from "../../emulator/waf/firewall.ts";
import type { WebAclDefinition } from "../../emulator/waf/types.ts";
import type { Kinds } from "./kind.ts";
import { arnOf, uuid } from "./outputs.ts";

const ACL = "aws:wafv2/webAcl:WebAcl";

export const wafv2: Kinds = {
  [ACL]: {
    outputs: (resource) => ({
      id: uuid(resource.urn),
      arn: arnOf(resource, "wafv2", `regional/webacl/${resource.physicalName}/${uuid(resource.urn)}`),
    }),
    simulate: {
      // The association below puts the rules into effect.
      put: () => {},
      withoutEffect: ({ inputs }) =>
        ((inputs as unknown as WebAclDefinition).rules ?? []).flatMap(({ statement: { managedRuleGroupStatement: group } }) =>
          group
            ? [`${group.vendorName} does not publish the rules of ${group.name}; the examples in its documentation are blocked`]
            : [],
        ),
    },
  },

  "aws:wafv2/webAclAssociation:WebAclAssociation": {
    nameKey: null,
    outputs: ({ inputs }) => ({ id: `${String(inputs.webAclArn)},${String(inputs.resourceArn)}` }),
    simulate: {
      parts: (resource, index) => [index.get(ACL, resource.inputs.webAclArn, resource)],
      put(resource, { gateway, clock }, index) {
        const { name, inputs } = index.get(ACL, resource.inputs.webAclArn, resource);
        gateway.protect(new Firewall({ ...(inputs as unknown as WebAclDefinition), name }, clock));
      },
      remove(_, { gateway }) {
        gateway.protect(undefined);
      },
    },
  },

  "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": {
    nameKey: null,
    outputs: ({ inputs }) => ({ id: String(inputs.resourceArn) }),
    noEffect: "the access log shows the requests that the web ACL blocked",
  },
};
