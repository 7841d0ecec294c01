import type { TraceSettings } from "../../protocol/environment.ts";
import type { Tracing } from "./recorder.ts";

/** Set by Lambda where active tracing is on, such as `169.254.100.1:2000`. */
export const DAEMON = "AWS_XRAY_DAEMON_ADDRESS";

/** Longest time that a collector may keep an invocation from ending. */
const LONGEST_MS = 200;

/**
 * @param settings which requests are recorded, and the collector. @default no traces
 * @param daemon address of X-Ray's daemon
 * @returns `undefined` where nothing takes spans
 */
export function tracingOf(
  settings: TraceSettings | undefined,
  daemon: string | undefined,
  functionName = process.env.AWS_LAMBDA_FUNCTION_NAME ?? "",
): Tracing | undefined {
  if (!settings) return undefined;
  const { share, endpoint, longestMs = LONGEST_MS } = settings;
  const to = endpoint !== undefined ? { endpoint, longestMs } : daemon ? { daemon } : undefined;
  return (
    to && {
      share,
      send: async (recorded) => {
        try {
          const makers = await import("./span-makers.ts");
          await makers.sendSpans(
            recorded.map(({ make }) => make(makers)),
            to,
            functionName,
          );
        } catch {
          // A lost trace must fail nothing.
        }
      },
    }
  );
}
