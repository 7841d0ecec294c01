import type { LogLine, LogQuery } from "../../protocol/logs.ts";
import type { WindowOutcomes } from "../../protocol/slo.ts";
import { CliError } from "../cli-error.ts";
import type { Telemetry } from "./telemetry.ts";

/** The hub on this machine, by the API of its console. */
export function localTelemetry(consoleUrl: string): Telemetry {
  const read = async (path: string, signal?: AbortSignal): Promise<Response> => {
    const answer = await fetch(consoleUrl + path, { ...(signal && { signal }) }).catch((error: unknown) => {
      if (signal?.aborted) throw error;
      throw new CliError(`The console does not answer at ${consoleUrl}. Start the hub with npm start.`);
    });
    if (answer.ok) return answer;
    throw new CliError(`The console answered ${answer.status}: ${await answer.text()}`);
  };
  return {
    async logs(query) {
      const { lines } = (await (await read(`/api/logs?${parametersOf(query)}`)).json()) as { readonly lines: readonly LogLine[] };
      return lines.map(shown);
    },
    async tail(query, onLine, signal) {
      try {
        const { body } = await read(`/api/logs/stream?${parametersOf(query)}`, signal);
        let text = "";
        for await (const chunk of (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
          const messages = (text + chunk).split("\n\n");
          text = messages.pop() ?? "";
          for (const message of messages)
            if (message.startsWith("data: ")) onLine(shown(JSON.parse(message.slice(6)) as LogLine));
        }
      } catch (error) {
        if (signal.aborted) return;
        throw error instanceof CliError ? error : new CliError("The hub has ended. Start it again with npm start.");
      }
      if (!signal.aborted) throw new CliError("The hub has ended. Start it again with npm start.");
    },
    async oldest() {
      const { queues } = (await (await read("/api/queues")).json()) as { readonly queues: Readonly<Record<string, number>> };
      return new Map(Object.entries(queues));
    },
    async outcomes(_table, flows) {
      const asked = new URLSearchParams(flows.map((flow): [string, string] => ["flow", flow]));
      const found = (await (await read(`/api/outcomes?${asked}`)).json()) as {
        readonly flows: Readonly<Record<string, WindowOutcomes>>;
      };
      return new Map(Object.entries(found.flows));
    },
  };
}

function parametersOf({ ids = [], ...texts }: LogQuery): URLSearchParams {
  const given = Object.entries(texts).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return new URLSearchParams([...given, ...ids.map((id): [string, string] => ["id", id])]);
}

/** Without the suffix that makes a function's name unique. */
const shown = (line: LogLine): LogLine => ({ ...line, function: line.function.replace(/-[0-9a-f]{7}$/, "") });
