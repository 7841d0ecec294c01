import { textOf } from "./resource-index.ts";
import type { Simulator } from "./simulator.ts";

const QUEUE = "aws:sqs/queue:Queue";

export const queue: Simulator = {
  type: QUEUE,
  put(resource, { queues }) {
    queues.define({ name: textOf(resource, "name"), arn: textOf(resource, "arn"), attributes: resource.inputs });
  },
};

export const queuePolicy: Simulator = {
  type: "aws:sqs/queuePolicy:QueuePolicy",
  // A queue that is defined anew has no policy.
  parts: (resource, index) => [index.get(QUEUE, resource.inputs.queueUrl, resource)],
  put(resource, { queues }, index) {
    queues.setPolicy(textOf(index.get(QUEUE, resource.inputs.queueUrl, resource), "arn"), textOf(resource, "policy"));
  },
};
