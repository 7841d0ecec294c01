import { oneKnownId } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import type { Connection } from "./connection.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";
import type { Terminal } from "./terminal.ts";
import { traced } from "./trace-source.ts";
import { mermaid, waterfall } from "./waterfall.ts";

/** `npm run hub -- trace <id>`. @returns the text to print */
export async function trace(
  hub: Connection,
  words: readonly string[],
  options: Readonly<Record<string, unknown>>,
  { to, telemetry }: { readonly to: Terminal; readonly telemetry: () => Promise<Telemetry> },
): Promise<string> {
  const id = oneKnownId(words, "trace");
  if ([options.json, options.mermaid, options.otlp].filter((given) => given === true).length > 1)
    throw new CliError("--json, --mermaid and --otlp exclude each other. Give one of them.");
  const found = await traced(hub, id, telemetry);
  if (options.mermaid === true) return mermaid(found);
  if (options.otlp === true) {
    if (!found.otlp)
      throw new CliError(
        "This hub keeps no spans: on AWS they are in X-Ray, or in the collector of hub:traces. Leave --otlp out.",
      );
    return JSON.stringify(found.otlp);
  }
  return options.json === true ? JSON.stringify(found, null, 2) : waterfall(found, to);
}
