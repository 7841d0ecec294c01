/**
 * Of every AWS client: fail fast and try again, rather than wait for a lost packet. Region, endpoint and credentials come from
 * the environment, as Lambda sets it.
 */
export const clientOptions = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000 },
} as const;
