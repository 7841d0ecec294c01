import { refusesPlain } from "../policy-json.ts";
import { type Props, referring, stackRule } from "../rule.ts";

export const sns = [
  stackRule({
    name: "sns-only-tls",
    description: "A topic's policy denies publishing without TLS.",
    fact: "The topic accepts messages without TLS",
    remedy: 'Add a TopicPolicy that denies "*" "sns:Publish" on "Bool": { "aws:SecureTransport": "false" }',
    mirrors: ["AwsSolutions-SNS3"],
    type: "aws:sns/topic:Topic",
    broken: (topic, stack) =>
      !referring(stack, "aws:sns/topicPolicy:TopicPolicy", "arn", topic).some(({ props }) =>
        refusesPlain((props as Props).policy, "sns:Publish"),
      ),
  }),
];
