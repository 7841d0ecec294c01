import type { ServerResponse } from "node:http";
import type { Change } from "../shared/api.ts";
import type { Source } from "./source.ts";

const HEARTBEAT_MS = 20_000;
/** Changes that are remembered for a page that reconnects; one that missed more reads everything again. */
const REMEMBERED = 200;

/**
 * Sends changes to open pages as server-sent events. A page that reconnects gets what it missed.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function changeStream(source: Pick<Source, "onChange">) {
  const open = new Set<ServerResponse>();
  const remembered: { readonly id: number; readonly text: string }[] = [];
  let last = 0;
  const stop = source.onChange((change: Change) => {
    last += 1;
    const text = `id: ${last}\ndata: ${JSON.stringify(change)}\n\n`;
    remembered.push({ id: last, text });
    if (remembered.length > REMEMBERED) remembered.shift();
    for (const response of open) response.write(text);
  });
  const heartbeat = setInterval(() => {
    for (const response of open) response.write(":\n\n");
  }, HEARTBEAT_MS).unref();
  const everything = (id: number) =>
    `id: ${id}\ndata: ${JSON.stringify({ requests: null, deadLetters: true } satisfies Change)}\n\n`;

  return {
    /** @param lastEventId of the last event that the page has; `undefined` for a new page */
    connect(response: ServerResponse, lastEventId: string | undefined): void {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      response.write("retry: 1000\n\n");
      if (lastEventId !== undefined) {
        const from = Number(lastEventId);
        const missed = remembered.filter(({ id }) => id > from);
        const complete = from <= last && (from === last || missed[0]?.id === from + 1);
        response.write(complete ? missed.map(({ text }) => text).join("") : everything(last));
      }
      open.add(response);
      response.on("close", () => open.delete(response));
    },
    close(): void {
      stop();
      clearInterval(heartbeat);
      for (const response of open) response.end();
    },
  };
}
