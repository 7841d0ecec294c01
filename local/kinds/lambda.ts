import { EventSourceMapping } from "../../emulator/lambda/event-source-mapping.ts";
import { UserError } from "../../emulator/user-error.ts";
import { type RecordedResource, type ResourceIndex, textOf } from "../recording.ts";
import type { Kinds } from "./kind.ts";
import { functionSpec } from "./lambda-function.ts";
import { arnOf, idIsName, type NamedResource, uuid } from "./outputs.ts";

const FUNCTION = "aws:lambda/function:Function";

interface InvokeConfigInputs {
  readonly maximumRetryAttempts?: number;
  readonly maximumEventAgeInSeconds?: number;
  readonly destinationConfig?: {
    readonly onFailure?: { readonly destination: string };
    readonly onSuccess?: { readonly destination: string };
  };
}
interface MappingInputs {
  readonly eventSourceArn?: string;
  readonly enabled?: boolean;
  readonly batchSize?: number;
  readonly maximumBatchingWindowInSeconds?: number;
  readonly functionResponseTypes?: readonly string[];
  readonly scalingConfig?: { readonly maximumConcurrency?: number };
  readonly filterCriteria?: unknown;
}

export const lambda: Kinds = {
  [FUNCTION]: {
    outputs(resource) {
      const arn = arnOf(resource, "lambda", `function:${resource.physicalName}`);
      // A function that publishes versions has the first one.
      const version = resource.inputs.publish === true ? "1" : "$LATEST";
      return {
        id: resource.physicalName,
        arn,
        qualifiedArn: `${arn}:${version}`,
        invokeArn: invokeArn(resource, arn),
        version,
      };
    },
    simulate: {
      put: (resource, emulators, index) => emulators.functions.put(functionSpec(resource, emulators, index)),
      remove(resource, { functions }) {
        functions.remove(textOf(resource, "arn"));
      },
    },
  },

  "aws:lambda/alias:Alias": {
    outputs(resource) {
      const arn = arnOf(resource, "lambda", `function:${String(resource.inputs.functionName)}:${resource.physicalName}`);
      return { id: arn, arn, invokeArn: invokeArn(resource, arn) };
    },
    simulate: {
      put(resource, { functions }, index) {
        if (resource.inputs.routingConfig !== undefined)
          throw new UserError(
            `Alias ${resource.name} divides its calls between versions, but a function has one version here. Leave routingConfig out.`,
          );
        functionArn(resource, resource.inputs.functionName, index);
        functions.addAlias(textOf(resource, "arn"));
      },
      remove(resource, { functions }) {
        functions.removeAlias(textOf(resource, "arn"));
      },
    },
  },

  "aws:lambda/permission:Permission": {
    nameKey: null,
    outputs({ inputs, physicalName }) {
      const statementId = String(inputs.statementId ?? physicalName);
      return { id: statementId, statementId };
    },
    simulate: {
      put(resource, { functions }, index) {
        const { action, principal, sourceArn, sourceAccount, qualifier } = resource.inputs as {
          action: string;
          principal: string;
          sourceArn?: string;
          sourceAccount?: string;
          qualifier?: string;
        };
        const arn = functionArn(resource, resource.inputs.function, index);
        functions.permit(resource.urn, qualifier === undefined ? arn : `${arn}:${qualifier}`, {
          action,
          principal,
          ...(sourceArn !== undefined && { sourceArn }),
          ...(sourceAccount !== undefined && { sourceAccount }),
        });
      },
      remove(resource, { functions }) {
        functions.revoke(resource.urn);
      },
    },
  },

  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": {
    nameKey: null,
    outputs: ({ inputs }) => ({ id: String(inputs.functionName) }),
    simulate: {
      put(resource, { asyncInvocations }, index) {
        const inputs = resource.inputs as InvokeConfigInputs;
        const { destinationConfig: { onFailure, onSuccess } = {}, maximumRetryAttempts, maximumEventAgeInSeconds } = inputs;
        for (const { destination } of [onFailure, onSuccess].filter((given) => given !== undefined)) {
          if (!destination.startsWith("arn:aws:sqs:"))
            throw new UserError(`${resource.name} sends to ${destination}. Only queues are simulated as destinations.`);
        }
        asyncInvocations.configure(functionArn(resource, resource.inputs.functionName, index), {
          ...(maximumRetryAttempts !== undefined && { maximumRetryAttempts }),
          ...(maximumEventAgeInSeconds !== undefined && { maximumEventAgeInSeconds }),
          ...(onFailure && { onFailure: onFailure.destination }),
          ...(onSuccess && { onSuccess: onSuccess.destination }),
        });
      },
      remove(resource, { asyncInvocations }, index) {
        asyncInvocations.configure(functionArn(resource, resource.inputs.functionName, index), undefined);
      },
    },
  },

  "aws:lambda/eventSourceMapping:EventSourceMapping": {
    nameKey: null,
    outputs(resource) {
      const id = uuid(resource.urn);
      return { id, uuid: id, arn: arnOf(resource, "lambda", `event-source-mapping:${id}`) };
    },
    simulate: {
      startsWork: true,
      async put(resource, { mappings, functions, queues, authorizer, clock, faultInjection, background, log }, index) {
        const inputs = resource.inputs as MappingInputs;
        if (!inputs.eventSourceArn?.startsWith("arn:aws:sqs:") || inputs.filterCriteria !== undefined)
          throw new UserError(
            `${resource.name} is not simulated: only queues are event sources here, without filter criteria. Filter with the rule's pattern.`,
          );
        await mappings.get(resource.urn)?.stop();
        mappings.delete(resource.urn);
        if (inputs.enabled === false) return;
        const maximumConcurrency = inputs.scalingConfig?.maximumConcurrency;
        const spec = {
          queueArn: inputs.eventSourceArn,
          functionArn: functionArn(resource, resource.inputs.functionName, index),
          batchSize: inputs.batchSize ?? 10,
          batchingWindowSeconds: inputs.maximumBatchingWindowInSeconds ?? 0,
          reportsBatchItemFailures: inputs.functionResponseTypes?.includes("ReportBatchItemFailures") ?? false,
          ...(maximumConcurrency !== undefined && { maximumConcurrency }),
        };
        const onProblem = (message: string) => log(`${resource.name} does not poll: ${message}`);
        const ports = { functions, queues, authorizer, clock, faultInjection, background, onProblem };
        mappings.set(resource.urn, new EventSourceMapping(spec, ports));
      },
      async remove(resource, { mappings }) {
        await mappings.get(resource.urn)?.stop();
        mappings.delete(resource.urn);
      },
    },
  },

  "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": {
    nameKey: null,
    outputs: idIsName,
    noEffect: "workers always stay warm here",
  },
};

const invokeArn = ({ partition, region }: NamedResource, arn: string) =>
  `arn:${partition}:apigateway:${region}:lambda:path/2015-03-31/functions/${arn}/invocations`;

const functionArn = (referrer: RecordedResource, reference: unknown, index: ResourceIndex) =>
  textOf(index.get(FUNCTION, reference, referrer), "arn");
