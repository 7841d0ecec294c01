import { DescribeReplayCommand, EventBridgeClient, StartReplayCommand } from "@aws-sdk/client-eventbridge";
import type { Replays } from "../ports/replays.ts";
import { clientOptions } from "./client-options.ts";

/** @param archive ARN; `bus` likewise: an archive's events go back to the bus they came from, and to no other */
export function eventBridgeReplays(archive: string, bus: string, client = new EventBridgeClient(clientOptions)): Replays {
  return {
    async start({ name, from, to, ruleArns }) {
      await client.send(
        new StartReplayCommand({
          ReplayName: name,
          EventSourceArn: archive,
          EventStartTime: new Date(from),
          EventEndTime: new Date(to),
          Destination: { Arn: bus, FilterArns: [...ruleArns] },
        }),
      );
    },
    async find(name) {
      try {
        const { State = "", StateReason = "" } = await client.send(new DescribeReplayCommand({ ReplayName: name }));
        return { name, state: State, reason: StateReason };
      } catch (error) {
        if ((error as Error).name === "ResourceNotFoundException") return undefined;
        throw error;
      }
    },
  };
}
