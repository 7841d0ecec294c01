import { createHash } from "node:crypto";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { kindOfTarget } from "../config/perimeter.ts";
import { policyDocument } from "../parts/policy-document.ts";
import { onlyTls } from "../parts/statements.ts";

/** Where alarms go. */
export interface AlarmTopic {
  /** Of the hub's own topic; subscribe to it. */
  readonly arn: pulumi.Output<string>;
  /** The hub's own topic, and those of others that the stack names. */
  readonly actions: readonly pulumi.Input<string>[];
}

/**
 * The topic that alarms go to, and who hears of them.
 * @param targets e-mail addresses and https endpoints, which have to confirm, and ARNs of topics
 */
export function alarmTopic(name: string, targets: readonly string[], options: pulumi.CustomResourceOptions): AlarmTopic {
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
  for (const target of targets) {
    const protocol = kindOfTarget(target);
    if (protocol === undefined || protocol === "topic") continue;
    // The address of an endpoint is often all that it asks of who writes there.
    const endpoint = protocol === "https" ? pulumi.secret(target) : target;
    new aws.sns.TopicSubscription(`${name}-${shortHash(target)}`, { topic: topic.arn, protocol, endpoint }, options);
  }
  return { arn: topic.arn, actions: [topic.arn, ...targets.filter((target) => kindOfTarget(target) === "topic")] };
}

/** `arn:aws:sns:<region>:<account>:…` -> alarms of that account and region. */
const alarmsOf = (arn: string) => {
  const [, partition, , region, account] = arn.split(":");
  return `arn:${partition}:cloudwatch:${region}:${account}:alarm:*`;
};

const shortHash = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 8);
