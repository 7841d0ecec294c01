import type { Clock } from "../clock.ts";
import { GatewayError } from "./gateway-error.ts";

/**
 * Waits for an integration, `ms` of the clock's time at most.
 * @throws GatewayError INTEGRATION_TIMEOUT (504)
 */
export async function withinTimeout<T>(clock: Clock, ms: number, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const [late, done] = [new AbortController(), new AbortController()];
  const timeout = clock.wait(ms, done.signal).then(() => {
    late.abort();
    throw new GatewayError("INTEGRATION_TIMEOUT", "Endpoint request timed out");
  });
  timeout.catch(() => undefined); // when the call has won, nobody listens to the timeout any more
  try {
    return await Promise.race([call(late.signal), timeout]);
  } finally {
    done.abort();
  }
}
