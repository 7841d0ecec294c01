/** What the blocks of docs/customise.md take as given. */
import type { HubConfig } from "../../../components/index.ts";
import type { Flow } from "../../../model/index.ts";

export { IntegrationHub } from "../../../components/index.ts";

export declare const config: HubConfig;
export declare const flows: readonly Flow[];
export declare const logKey: { readonly arn: string };
export declare const dataKey: { readonly arn: string };
