import type { Code } from "../../emulator/lambda/code.ts";
import { unpackCode } from "../../emulator/lambda/code.ts";
import { EventSourceMapping } from "../../emulator/lambda/event-source-mapping.ts";
import { HubError } from "../../emulator/user-error.ts";
import type { RecordedResource } from "../recording.ts";
import { environmentOf, sessionOf } from "./environment.ts";
import { type ResourceIndex, textOf } from "./resource-index.ts";
import type { Simulator } from "./simulator.ts";

const FUNCTION = "aws:lambda/function:Function";

interface FunctionInputs {
  readonly code?: Code;
  readonly handler?: string;
  readonly runtime?: string;
  readonly timeout?: number;
  readonly memorySize?: number;
  readonly reservedConcurrentExecutions?: number;
  readonly environment?: { readonly variables?: Readonly<Record<string, string>> };
  readonly loggingConfig?: { readonly logGroup?: string };
}

export const lambdaFunction: Simulator = {
  type: FUNCTION,
  put(resource, world) {
    const inputs = resource.inputs as FunctionInputs;
    const { code, handler, runtime = "" } = inputs;
    if (!code || !handler || !runtime.startsWith("nodejs")) {
      throw new HubError(
        `Function ${resource.name} is not of the form that runs here. Give it code, a handler and a Node.js runtime.`,
      );
    }
    const { dir, hash } = unpackCode(code, world.root, world.codeDir);
    const { reservedConcurrentExecutions: reserved = -1, memorySize = 128 } = inputs;
    const name = textOf(resource, "name");
    const roleArn = textOf(resource, "role");
    if (!world.iam.mayAssume(roleArn, "lambda.amazonaws.com"))
      throw new HubError(
        `Function ${resource.name}: the role ${roleArn} cannot be assumed by Lambda. Let its trust policy allow sts:AssumeRole to lambda.amazonaws.com.`,
      );
    const logGroupName = inputs.loggingConfig?.logGroup ?? `/aws/lambda/${name}`;
    world.functions.put({
      arn: textOf(resource, "arn"),
      name,
      handler,
      codeDir: dir,
      codeHash: hash,
      environment: environmentOf(
        {
          variables: inputs.environment?.variables ?? {},
          name,
          handler,
          runtime,
          memorySize,
          logGroupName,
          codeDir: dir,
        },
        world,
      ),
      session: () => sessionOf(roleArn, world),
      roleArn,
      timeoutSeconds: inputs.timeout ?? 3,
      memoryMb: memorySize,
      logGroupName,
      ...(reserved >= 0 && { reservedConcurrency: reserved }),
    });
  },
  remove(resource, { functions }) {
    functions.remove(textOf(resource, "arn"));
  },
};

export const alias: Simulator = {
  type: "aws:lambda/alias:Alias",
  put(resource, { functions }, index) {
    if (resource.inputs.routingConfig !== undefined)
      throw new HubError(
        `Alias ${resource.name} divides its calls between versions, and there is one here. Leave routingConfig out.`,
      );
    functionArn(resource, resource.inputs.functionName, index);
    functions.addAlias(textOf(resource, "arn"));
  },
  remove(resource, { functions }) {
    functions.removeAlias(textOf(resource, "arn"));
  },
};

export const permission: Simulator = {
  type: "aws:lambda/permission:Permission",
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
};

interface InvokeConfigInputs {
  readonly maximumRetryAttempts?: number;
  readonly maximumEventAgeInSeconds?: number;
  readonly destinationConfig?: {
    readonly onFailure?: { readonly destination: string };
    readonly onSuccess?: { readonly destination: string };
  };
}

export const eventInvokeConfig: Simulator = {
  type: "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
  put(resource, { asyncInvocations }, index) {
    const {
      destinationConfig: { onFailure, onSuccess } = {},
      maximumRetryAttempts,
      maximumEventAgeInSeconds,
    } = resource.inputs as InvokeConfigInputs;
    for (const { destination } of [onFailure, onSuccess].filter((given) => given !== undefined)) {
      if (!destination.startsWith("arn:aws:sqs:"))
        throw new HubError(`${resource.name} sends to ${destination}. Only queues are simulated as destinations.`);
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
};

interface MappingInputs {
  readonly eventSourceArn?: string;
  readonly enabled?: boolean;
  readonly batchSize?: number;
  readonly maximumBatchingWindowInSeconds?: number;
  readonly functionResponseTypes?: readonly string[];
  readonly scalingConfig?: { readonly maximumConcurrency?: number };
  readonly filterCriteria?: unknown;
}

export const eventSourceMapping: Simulator = {
  type: "aws:lambda/eventSourceMapping:EventSourceMapping",
  async put(resource, world, index) {
    const inputs = resource.inputs as MappingInputs;
    if (!inputs.eventSourceArn?.startsWith("arn:aws:sqs:") || inputs.filterCriteria !== undefined) {
      throw new HubError(
        `${resource.name} is not simulated: only queues are event sources here, without filter criteria. Filter with the rule's pattern.`,
      );
    }
    await world.mappings.get(resource.urn)?.stop();
    world.mappings.delete(resource.urn);
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
    const { functions, queues, authorizer, clock, log, disturbance } = world;
    const onProblem = (message: string) => log(`${resource.name} does not poll: ${message}`);
    const ports = { functions, queues, authorizer, clock, disturbance, onProblem };
    world.mappings.set(resource.urn, new EventSourceMapping(spec, ports));
  },
  async remove(resource, { mappings }) {
    await mappings.get(resource.urn)?.stop();
    mappings.delete(resource.urn);
  },
};

const functionArn = (by: RecordedResource, reference: unknown, index: ResourceIndex) =>
  textOf(index.get(FUNCTION, reference, by), "arn");
