import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type AnyAdapter, type JsonSchema, jsonSchema } from "../../model/index.ts";
import type { Schemas } from "../bundler/operation-schema.ts";
import type { ThirdPartyConfig } from "../config/config.ts";
import type { IntegrationHub } from "../hub/integration-hub.ts";

export interface ThirdPartyAdapterArgs {
  readonly hub: IntegrationHub;
  readonly adapter: AnyAdapter;
  /** This stack's own addresses of it. */
  readonly config?: ThirdPartyConfig;
}

/** A third party as plain data: the inputs of its component, which docs and the local sandbox read. */
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

/** A third party of the hub, made once however many flows use it: its secret, and where it is on this stack. */
export class ThirdPartyAdapter extends pulumi.ComponentResource {
  readonly description: ThirdPartyDescription;
  /** The secret that holds its credentials; created empty, filled by whoever has them. */
  readonly secret: aws.secretsmanager.Secret | undefined;
  readonly adapter: AnyAdapter;

  constructor(name: string, { hub, adapter, config = {} }: ThirdPartyAdapterArgs, options?: pulumi.ComponentResourceOptions) {
    const description = describe(adapter, config);
    super("hub:index:ThirdPartyAdapter", name, { ...description }, options);
    this.adapter = adapter;
    this.description = description;
    this.secret = adapter.auth.kind === "none" ? undefined : hub.secret(adapter.auth.secret);
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
