import { resourceRule } from "../rule.ts";

const SECRET = ["aws:secretsmanager/secret:Secret"];

export const secrets = [
  resourceRule({
    name: "secrets-recoverable",
    description: "A secret that was deleted can be brought back for a week or more, and Pulumi does not delete it.",
    fact: "The secret is gone at once when it is deleted",
    remedy: "Set hub:protect, or recoveryWindowInDays to 7 or more and the option protect",
    types: SECRET,
    broken: ({ recoveryWindowInDays = 30 }, { opts }) => Number(recoveryWindowInDays) < 7 || !opts.protect,
  }),
  resourceRule({
    name: "secrets-private",
    description: "A secret has no policy of its own that lets others than this account's roles in.",
    fact: "The secret has a policy of its own",
    remedy: "Let roles read it by their own policies",
    types: [...SECRET, "aws:secretsmanager/secretPolicy:SecretPolicy"],
    broken: ({ policy }) => policy !== undefined,
  }),
];
