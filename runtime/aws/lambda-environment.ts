import type { AwsKeys } from "../sigv4.ts";

/** Of a process. */
export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The keys of the function's role, as Lambda hands them over in the environment.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 * @throws Error where the variables are not set
 */
export function keysOf({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_SESSION_TOKEN: sessionToken,
}: Variables): AwsKeys {
  if (!accessKeyId || !secretAccessKey)
    throw new Error(
      "The environment has no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Lambda sets both for a function with a role.",
    );
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}

/** @throws Error where the variable is not set */
export function regionOf({ AWS_REGION: region }: Variables): string {
  if (!region) throw new Error("The environment has no AWS_REGION. Lambda sets it for every function.");
  return region;
}
