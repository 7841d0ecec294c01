import { type RecordedResource, type ResourceIndex, textOf } from "../recording.ts";
import type { Kinds } from "./kind.ts";
import { arnOf } from "./outputs.ts";

const QUEUE = "aws:sqs/queue:Queue";

export const sqs: Kinds = {
  [QUEUE]: {
    outputs(resource) {
      const url = `https://sqs.${resource.region}.amazonaws.com/${resource.accountId}/${resource.physicalName}`;
      return { id: url, url, arn: arnOf(resource, "sqs", resource.physicalName) };
    },
    simulate: {
      put(resource, { queues }) {
        queues.define({ name: textOf(resource, "name"), arn: textOf(resource, "arn"), attributes: resource.inputs });
      },
    },
  },

  "aws:sqs/queuePolicy:QueuePolicy": {
    nameKey: null,
    outputs: ({ inputs }) => ({ id: String(inputs.queueUrl) }),
    simulate: {
      // A queue that is put again has no policy.
      parts: (resource, index) => [queueOf(resource, index)],
      put(resource, { queues }, index) {
        queues.setPolicy(textOf(queueOf(resource, index), "arn"), textOf(resource, "policy"));
      },
    },
  },
};

const queueOf = (resource: RecordedResource, index: ResourceIndex) => index.get(QUEUE, resource.inputs.queueUrl, resource);
