import { UserError } from "../emulator/user-error.ts";

/** A resource as the Pulumi program registered it, with all outputs known. */
export interface RecordedResource {
  readonly urn: string;
  /** Pulumi's type token, such as `aws:sqs/queue:Queue`; of a component, as protocol/kinds.ts has it. */
  readonly type: string;
  /** True for a resource of a provider; false for a component, which only groups resources. */
  readonly custom: boolean;
  /** Logical name. */
  readonly name: string;
  readonly parent: string | undefined;
  /** Resolved inputs. An asset is `{ path }` or `{ text }`, an archive `{ assets: { [file]: asset } }`. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Resolved outputs: the inputs and what the provider adds (`id`, `arn`, `url`, …). */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Resource options; absent in resources that tests construct. */
  readonly options?: RecordedOptions;
}

export interface RecordedOptions {
  /** Whether Pulumi refuses to delete the resource. */
  readonly protect: boolean;
  /** Whether the resource stays in the cloud after the program drops it. */
  readonly retainOnDelete: boolean;
  /** Former names or URNs. */
  readonly aliases: readonly string[];
  /** Input -> URNs of the resources that its value depends on. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
}

/** Everything that one run of the Pulumi program registered, in order. */
export interface Recording {
  readonly project: string;
  readonly stack: string;
  readonly region: string;
  readonly accountId: string;
  readonly resources: readonly RecordedResource[];
  /** Files of the flows' modules, by flow. @default unknown */
  readonly modules?: Readonly<Record<string, string>>;
  /** The stack's outputs. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Finds the resources of a recording by type and by name, id or ARN. */
export class ResourceIndex {
  readonly recording: Recording;
  readonly #byType = new Map<string, RecordedResource[]>();

  constructor(recording: Recording) {
    this.recording = recording;
    for (const resource of recording.resources) {
      const known = this.#byType.get(resource.type);
      if (known) known.push(resource);
      else this.#byType.set(resource.type, [resource]);
    }
  }

  all(type: string): readonly RecordedResource[] {
    return this.#byType.get(type) ?? [];
  }

  /** @param reference name, id or ARN of the resource */
  find(type: string, reference: unknown): RecordedResource | undefined {
    return this.all(type).find(({ outputs: { name, id, arn } }) => reference === name || reference === id || reference === arn);
  }

  /**
   * @param reference name, id or ARN of the resource
   * @param referrer the resource whose input holds the reference; named in the error
   * @throws UserError when the recording has no such resource
   */
  get(type: string, reference: unknown, referrer: RecordedResource): RecordedResource {
    const found = this.find(type, reference);
    if (found) return found;
    throw new UserError(
      `${referrer.type} ${referrer.name} refers to ${String(reference)}, but the program declares no such ${type}. Declare it in the same stack.`,
    );
  }
}

/** @throws UserError when the output is not text */
export function textOf(resource: RecordedResource, output: string): string {
  const value = resource.outputs[output];
  if (typeof value === "string") return value;
  throw new UserError(`${resource.type} ${resource.name} has no ${output}. Set it.`);
}
