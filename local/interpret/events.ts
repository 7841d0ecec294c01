import { HubError } from "../../emulator/user-error.ts";
import type { RecordedResource } from "../recording.ts";
import { type ResourceIndex, textOf } from "./resource-index.ts";
import type { Simulator } from "./simulator.ts";

const RULE = "aws:cloudwatch/eventRule:EventRule";

export const eventBus: Simulator = {
  type: "aws:cloudwatch/eventBus:EventBus",
  put(resource, { bus }) {
    bus.defineBus({ name: textOf(resource, "name"), arn: textOf(resource, "arn") });
  },
};

export const eventArchive: Simulator = {
  type: "aws:cloudwatch/eventArchive:EventArchive",
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
};

export const eventRule: Simulator = {
  type: RULE,
  put(resource, { bus }) {
    const { eventPattern, scheduleExpression, eventBusName, state } = resource.inputs as Readonly<
      Record<string, string | undefined>
    >;
    if (scheduleExpression !== undefined || eventPattern === undefined) {
      throw new HubError(`Rule ${resource.name} runs by schedule, which is not simulated. Give it an eventPattern.`);
    }
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
};

interface TargetInputs {
  readonly arn: string;
  readonly retryPolicy?: { readonly maximumRetryAttempts?: number; readonly maximumEventAgeInSeconds?: number };
  readonly deadLetterConfig?: { readonly arn?: string };
  readonly input?: string;
  readonly inputPath?: string;
  readonly inputTransformer?: unknown;
}

export const eventTarget: Simulator = {
  type: "aws:cloudwatch/eventTarget:EventTarget",
  put(resource, { bus }, index) {
    const { arn, retryPolicy, deadLetterConfig, input, inputPath, inputTransformer } = resource.inputs as unknown as TargetInputs;
    if (inputTransformer !== undefined)
      throw new HubError(`Target ${resource.name} has an input transformer, which is not simulated. Use inputPath.`);
    bus.defineTarget({
      ruleArn: ruleArn(resource, index),
      targetId: textOf(resource, "targetId"),
      arn,
      ...(retryPolicy && { retryPolicy }),
      ...(deadLetterConfig?.arn !== undefined && { deadLetterArn: deadLetterConfig.arn }),
      ...(input !== undefined && { input }),
      ...(inputPath !== undefined && { inputPath }),
    });
  },
  remove(resource, { bus }, index) {
    bus.removeTarget(ruleArn(resource, index), textOf(resource, "targetId"));
  },
};

const ruleArn = (resource: RecordedResource, index: ResourceIndex) =>
  textOf(index.get(RULE, resource.inputs.rule, resource), "arn");
