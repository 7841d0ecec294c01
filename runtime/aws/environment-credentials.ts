/**
 * Takes the place of `@aws-sdk/credential-provider-node` in the hub's bundles. Lambda hands a function the credentials of its role in its
 * environment; the providers for other machines (files, SSO, web identity, instance metadata) are 90 KB that never run there.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 *
 * @throws Error when called, where the variables are not set
 */
export const defaultProvider = () => async () => {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = process.env;
  if (!accessKeyId || !secretAccessKey)
    throw new Error(
      "The environment has no AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Lambda sets both for a function with a role.",
    );
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
};
