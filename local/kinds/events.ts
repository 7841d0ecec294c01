import { UserError } from "../../emulator/user-error.ts";
import { type RecordedResource, type ResourceIndex, textOf } from "../recording.ts";
import type { Kinds } from "./kind.ts";
import { arnOf, shortId } from "./outputs.ts";

const RULE = "aws:cloudwatch/eventRule:EventRule";

interface TargetInputs {
  readonly arn: string;
  readonly retryPolicy?: { readonly maximumRetryAttempts?: number; readonly maximumEventAgeInSeconds?: number };
  readonly deadLetterConfig?: { readonly arn?: string };
  readonly input?: string;
  readonly inputPath?: string;
  readonly inputTransformer?: unknown;
}

/** EventBridge, whose kinds Pulumi has under `aws:cloudwatch`. */
export const events: Kinds = {
  "aws:cloudwatch/eventBus:EventBus": {
    outputs: (resource) => ({ id: resource.physicalName, arn: arnOf(resource, "events", `event-bus/${resource.physicalName}`) }),
    simulate: {
      put(resource, { bus }) {
        bus.defineBus({ name: textOf(resource, "name"), arn: textOf(resource, "arn") });
      },
    },
  },

  "aws:cloudwatch/eventArchive:EventArchive": {
    outputs: (resource) => ({ id: resource.physicalName, arn: arnOf(resource, "events", `archive/${resource.physicalName}`) }),
    simulate: {
      put(resource, { bus }) {
        const { eventPattern, retentionDays } = resource.inputs as { eventPattern?: string; retentionDays?: number };
        bus.defineArchive({
          name: textOf(resource, "name"),
          arn: textOf(resource, "arn"),
          busArn: textOf(resource, "eventSourceArn"),
          ...(eventPattern !== undefined && { pattern: eventPattern }),
          ...(retentionDays !== undefined && { retentionDays }),
        });
      },
    },
  },

  [RULE]: {
    outputs(resource) {
      const { physicalName } = resource;
      const bus = String(resource.inputs.eventBusName ?? "default").replace(/^.*event-bus\//, "");
      const path = bus === "default" ? physicalName : `${bus}/${physicalName}`;
      return { id: `${bus}/${physicalName}`, arn: arnOf(resource, "events", `rule/${path}`) };
    },
    simulate: {
      put(resource, { bus }) {
        const { eventPattern, scheduleExpression, eventBusName, state } = resource.inputs as Readonly<
          Record<string, string | undefined>
        >;
        if (scheduleExpression !== undefined || eventPattern === undefined)
          throw new UserError(`Rule ${resource.name} runs by schedule, which is not simulated. Give it an eventPattern.`);
        bus.defineRule({
          name: textOf(resource, "name"),
          arn: textOf(resource, "arn"),
          pattern: eventPattern,
          ...(eventBusName !== undefined && { bus: eventBusName }),
          ...(state !== undefined && { state }),
        });
      },
      remove(resource, { bus }) {
        bus.removeRule(textOf(resource, "arn"));
      },
    },
  },

  "aws:cloudwatch/eventTarget:EventTarget": {
    nameKey: null,
    outputs({ inputs, urn }) {
      const targetId = String(inputs.targetId ?? shortId(urn, 20));
      return { id: `${String(inputs.rule)}-${targetId}`, targetId };
    },
    simulate: {
      put(resource, { bus }, index) {
        const inputs = resource.inputs as unknown as TargetInputs;
        const { retryPolicy, deadLetterConfig, input, inputPath } = inputs;
        if (inputs.inputTransformer !== undefined)
          throw new UserError(`Target ${resource.name} has an input transformer, which is not simulated. Use inputPath.`);
        bus.defineTarget({
          ruleArn: ruleArn(resource, index),
          targetId: textOf(resource, "targetId"),
          arn: inputs.arn,
          ...(retryPolicy && { retryPolicy }),
          ...(deadLetterConfig?.arn !== undefined && { deadLetterArn: deadLetterConfig.arn }),
          ...(input !== undefined && { input }),
          ...(inputPath !== undefined && { inputPath }),
        });
      },
      remove(resource, { bus }, index) {
        bus.removeTarget(ruleArn(resource, index), textOf(resource, "targetId"));
      },
    },
  },
};

const ruleArn = (resource: RecordedResource, index: ResourceIndex) =>
  textOf(index.get(RULE, resource.inputs.rule, resource), "arn");
