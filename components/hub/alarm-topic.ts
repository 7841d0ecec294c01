import { createHash } from "node:crypto";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { kindOfTarget } from "../config/perimeter.ts";
import type { AlarmTopic } from "../parts/alarms.ts";
import type { ChildOptions } from "../parts/customise.ts";
import { policyDocument } from "../parts/policy-document.ts";
import { onlyTls } from "../parts/statements.ts";

interface AlarmTopicArgs {
  /** E-mail addresses and https endpoints, which have to confirm, and ARNs of further topics. */
  readonly targets: readonly string[];
  /** Topic to use instead of one of the hub's own. */
  readonly existingArn: pulumi.Input<string> | undefined;
}

/** The topic that alarms notify, with its subscriptions. */
export function alarmTopic(name: string, { targets, existingArn }: AlarmTopicArgs, options: ChildOptions): AlarmTopic {
  const arn = existingArn === undefined ? ownTopic(name, options) : pulumi.output(existingArn);
  for (const target of targets) {
    const protocol = kindOfTarget(target);
    if (protocol === undefined || protocol === "topic") continue;
    // Often the address of an endpoint is the only credential that it asks for.
    const endpoint = protocol === "https" ? pulumi.secret(target) : target;
    new aws.sns.TopicSubscription(`${name}-${shortHash(target)}`, { topic: arn, protocol, endpoint }, options);
  }
  return { arn, actions: [arn, ...targets.filter((target) => kindOfTarget(target) === "topic")] };
}

function ownTopic(name: string, options: ChildOptions): pulumi.Output<string> {
  const topic = new aws.sns.Topic(name, {}, options);
  new aws.sns.TopicPolicy(
    `${name}-policy`,
    {
      arn: topic.arn,
      policy: policyDocument([
        {
          sid: "Alarms",
          actions: ["sns:Publish"],
          resources: [topic.arn],
          principal: { service: "cloudwatch.amazonaws.com" },
          conditions: { ArnLike: { "aws:SourceArn": topic.arn.apply(alarmsOf) } },
        },
        onlyTls("sns:Publish", topic.arn),
      ]),
    },
    options,
  );
  return topic.arn;
}

/** `arn:aws:sns:<region>:<account>:…` -> alarms of that account and region. */
const alarmsOf = (arn: string) => {
  const [, partition, , region, account] = arn.split(":");
  return `arn:${partition}:cloudwatch:${region}:${account}:alarm:*`;
};

const shortHash = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 8);
