/** A policy that this simulator can't evaluate as IAM would; told when it is defined, so that nothing is allowed by mistake. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
}
