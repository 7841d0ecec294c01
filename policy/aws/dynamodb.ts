import { at, resourceRule } from "../rule.ts";

const TABLE = ["aws:dynamodb/table:Table"];

export const dynamodb = [
  resourceRule({
    name: "dynamodb-point-in-time-recovery",
    description: "A table can be restored to any second of its recovery period.",
    fact: "The table can't be restored",
    remedy: "Set pointInTimeRecovery.enabled",
    mirrors: ["AwsSolutions-DDB3"],
    types: TABLE,
    broken: (props) => at(props, "pointInTimeRecovery", "enabled") !== true,
  }),
  resourceRule({
    name: "dynamodb-encrypted",
    description:
      "A table states its key: one that AWS owns, or one of the account's own, and not the managed one, which only costs.",
    fact: "The table's key is not stated, or is AWS's managed one",
    remedy: "Set serverSideEncryption.enabled to false, or kmsKeyArn as well",
    types: TABLE,
    broken: (props) => {
      const enabled = at(props, "serverSideEncryption", "enabled");
      return enabled !== false && (enabled !== true || at(props, "serverSideEncryption", "kmsKeyArn") === undefined);
    },
  }),
  resourceRule({
    name: "dynamodb-time-to-live",
    description: "A table's items expire, so that it does not grow without limit.",
    fact: "The table's items never expire",
    remedy: "Set ttl.enabled and ttl.attributeName",
    types: TABLE,
    broken: (props) => at(props, "ttl", "enabled") !== true || at(props, "ttl", "attributeName") === undefined,
  }),
  resourceRule({
    name: "dynamodb-deletion-protection",
    description: "A table is protected from deletion in AWS and in Pulumi.",
    fact: "The table can be deleted by mistake",
    remedy: "Set hub:protect, or deletionProtectionEnabled and the option protect",
    types: TABLE,
    broken: ({ deletionProtectionEnabled }, { opts }) => deletionProtectionEnabled !== true || !opts.protect,
  }),
];
