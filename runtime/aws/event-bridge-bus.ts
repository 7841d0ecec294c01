import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { Bus } from "../ports/bus.ts";
import { clientOptions } from "./client-options.ts";

/** @param name of the bus. */
export function eventBridgeBus(name: string, client = new EventBridgeClient(clientOptions)): Bus {
  return {
    async put(entries) {
      const { Entries = [] } = await client.send(
        new PutEventsCommand({
          Entries: entries.map(({ source, detailType, detail }) => ({
            EventBusName: name,
            Source: source,
            DetailType: detailType,
            Detail: detail,
          })),
        }),
      );
      return entries.map((_, i) => (Entries[i]?.EventId ? undefined : (Entries[i]?.ErrorCode ?? "NoAnswer")));
    },
  };
}
