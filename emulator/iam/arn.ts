import { wildcard } from "./wildcard.ts";

/**
 * An ARN pattern: wildcards stay within one of the six parts, the last of which may hold colons. A lone `*` matches anything.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
 */
export function arnPattern(pattern: string): (arn: string) => boolean {
  if (pattern === "*") return () => true;
  const wanted = parts(pattern).map((part) => wildcard(part));
  return (arn) => {
    const found = parts(arn);
    return found.length === wanted.length && wanted.every((test, i) => test(found[i] as string));
  };
}

function parts(arn: string): string[] {
  const all = arn.split(":");
  return all.length <= 6 ? all : [...all.slice(0, 5), all.slice(5).join(":")];
}

/** The account in an ARN; empty when it names none. */
export const accountOf = (arn: string): string => arn.split(":")[4] ?? "";
