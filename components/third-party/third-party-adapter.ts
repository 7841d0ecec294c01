import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AnyAdapter, ThirdPartyDescription } from "../../model/index.ts";
import { COMPONENTS } from "../../protocol/kinds.ts";
import type { ThirdPartyConfig } from "../config/config.ts";
import type { Network } from "../parts/lambda-function.ts";
import { describeThirdParty } from "./description.ts";

export interface ThirdPartyAdapterArgs {
  readonly adapter: AnyAdapter;
  /** Its addresses on this stack. @default as the adapter declares */
  readonly config?: ThirdPartyConfig | undefined;
  /** Hold its credentials, by their declared names. */
  readonly secrets?: Readonly<Record<string, aws.secretsmanager.Secret>>;
  /** Where it is called from. @default Lambda's own network */
  readonly network?: Network | undefined;
}

/** A third party of the hub, shared by all flows that use it. */
export class ThirdPartyAdapter extends pulumi.ComponentResource {
  readonly description: ThirdPartyDescription;
  /** Created empty; the owner of the credentials fills them. By their declared names. */
  readonly secrets: Readonly<Record<string, aws.secretsmanager.Secret>>;
  readonly network: Network | undefined;
  readonly adapter: AnyAdapter;

  constructor(name: string, args: ThirdPartyAdapterArgs, options?: pulumi.ComponentResourceOptions) {
    const { adapter, config = {}, secrets = {}, network } = args;
    const description = describeThirdParty(adapter, config);
    super(COMPONENTS.thirdParty, name, { ...description }, options);
    this.adapter = adapter;
    this.description = description;
    this.secrets = secrets;
    this.network = network;
    this.registerOutputs({ secretArns: Object.values(secrets).map(({ arn }) => arn) });
  }
}
