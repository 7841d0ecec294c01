import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type AnyAdapter, type JsonSchema, jsonSchema } from "../../model/index.ts";
import { COMPONENTS } from "../../protocol/kinds.ts";
import type { Schemas } from "../bundler/operation-schema.ts";
import type { ThirdPartyConfig } from "../config/config.ts";
import type { Network } from "../hub/egress-network.ts";

export interface ThirdPartyAdapterArgs {
  readonly adapter: AnyAdapter;
  /** Its addresses on this stack. @default as the adapter declares */
  readonly config?: ThirdPartyConfig | undefined;
  /** Holds its credentials; absent where it takes none. */
  readonly secret?: aws.secretsmanager.Secret | undefined;
  /** Where it is called from. @default Lambda's own network */
  readonly network?: Network | undefined;
}

/** A third party as plain data: the inputs of its component. The docs and the local sandbox read it. */
export interface ThirdPartyDescription {
  readonly name: string;
  readonly baseUrl: string;
  /** Absolute. */
  readonly tokenUrl?: string;
  readonly auth: { readonly kind: string; readonly secret?: string; readonly header?: string; readonly scope?: string };
  readonly timeout: string;
  readonly rateLimit?: { readonly calls: number; readonly per: string };
  readonly operations: readonly OperationDescription[];
}
interface OperationDescription {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly query?: JsonSchema;
  readonly body?: JsonSchema;
  readonly returns: JsonSchema;
  readonly example?: unknown;
}

/** A third party of the hub, shared by all flows that use it. */
export class ThirdPartyAdapter extends pulumi.ComponentResource {
  readonly description: ThirdPartyDescription;
  /** Created empty; the owner of the credentials fills it. */
  readonly secret: aws.secretsmanager.Secret | undefined;
  readonly network: Network | undefined;
  readonly adapter: AnyAdapter;

  constructor(name: string, args: ThirdPartyAdapterArgs, options?: pulumi.ComponentResourceOptions) {
    const { adapter, config = {}, secret, network } = args;
    const description = describe(adapter, config);
    super(COMPONENTS.thirdParty, name, { ...description }, options);
    this.adapter = adapter;
    this.description = description;
    this.secret = secret;
    this.network = network;
    this.registerOutputs({ secretArn: this.secret?.arn });
  }
}

function describe(adapter: AnyAdapter, config: ThirdPartyConfig): ThirdPartyDescription {
  const { auth } = adapter;
  const baseUrl = config.baseUrl ?? adapter.baseUrl;
  const tokenUrl =
    auth.kind === "oauth2-client-credentials" ? (config.tokenUrl ?? new URL(auth.tokenUrl, baseUrl).href) : undefined;
  return {
    name: adapter.name,
    baseUrl,
    ...(tokenUrl !== undefined && { tokenUrl }),
    auth: {
      kind: auth.kind,
      ...(auth.kind !== "none" && { secret: auth.secret }),
      ...(auth.kind === "api-key" && { header: auth.header }),
      ...(auth.kind === "oauth2-client-credentials" && auth.scope !== undefined && { scope: auth.scope }),
    },
    timeout: adapter.timeout,
    ...(adapter.rateLimit && { rateLimit: adapter.rateLimit }),
    operations: Object.entries(adapter.operations as Readonly<Record<string, Schemas & { readonly example: unknown }>>).map(
      operation,
    ),
  };
}

function operation([name, { route, query, body, returns, example }]: readonly [
  string,
  Schemas & { readonly example: unknown },
]): OperationDescription {
  const [method = "", path = ""] = route.split(" ");
  return {
    name,
    method,
    path,
    ...(query && { query: jsonSchema(query) }),
    ...(body && { body: jsonSchema(body) }),
    returns: jsonSchema(returns),
    ...(example !== undefined && { example }),
  };
}
