/** A resource as the Pulumi program registered it, with all outputs known. */
export interface RecordedResource {
  readonly urn: string;
  /** Pulumi's type token, such as `aws:sqs/queue:Queue`; of a component, `hub:index:IntegrationFlow`. */
  readonly type: string;
  /** False for a component, which groups others and is nothing by itself. */
  readonly custom: boolean;
  /** Logical name. */
  readonly name: string;
  readonly parent: string | undefined;
  /** Resolved inputs. An asset is `{ path }` or `{ text }`, an archive `{ assets: { [file]: asset } }`. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Resolved outputs: the inputs and what the provider would add (`id`, `arn`, `url`, …). */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** How Pulumi treats it; absent where a test makes a resource up. */
  readonly options?: RecordedOptions;
}

export interface RecordedOptions {
  /** Pulumi refuses to delete it. */
  readonly protect: boolean;
  /** It stays in the cloud when the program no longer has it. */
  readonly retainOnDelete: boolean;
  /** Former names or URNs. */
  readonly aliases: readonly string[];
  /** Input -> URNs of the resources it is made from. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
}

/** All that one run of the Pulumi program registered, in order. */
export interface Recording {
  readonly project: string;
  readonly stack: string;
  readonly region: string;
  readonly accountId: string;
  readonly resources: readonly RecordedResource[];
  /** The stack's outputs. */
  readonly outputs: Readonly<Record<string, unknown>>;
}
