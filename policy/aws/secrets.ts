import { resourceRule } from "../rule.ts";

const SECRET = ["aws:secretsmanager/secret:Secret"];

export const secrets = [
  resourceRule({
    name: "secrets-recoverable",
    description: "A deleted secret can be recovered for at least a week, and Pulumi does not delete it.",
    fact: "The secret can't be recovered after its deletion",
    remedy: "Set hub:protect, or recoveryWindowInDays to 7 or more and the option protect",
    types: SECRET,
    broken: ({ recoveryWindowInDays = 30 }, { opts }) => Number(recoveryWindowInDays) < 7 || !opts.protect,
  }),
  resourceRule({
    name: "secrets-private",
    description: "A secret has no resource policy, so only this account's roles can read it.",
    fact: "The secret has a resource policy",
    remedy: "Grant access in the policies of roles",
    types: [...SECRET, "aws:secretsmanager/secretPolicy:SecretPolicy"],
    broken: ({ policy }) => policy !== undefined,
  }),
];
