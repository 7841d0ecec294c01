import * as pulumi from "@pulumi/pulumi";
import { type OpenApiOptions, openApi } from "../../../components/gateway/open-api.ts";
import type { FlowRoute } from "../../../components/gateway/route.ts";
import { type Flow, routedTriggers, routeParameters } from "../../../model/index.ts";

/** What the document reads of a route's resources. */
interface Made {
  /** Of the role, the function or its alias. */
  readonly arn: string;
  /** Sort key of the flow's graph. */
  readonly graphId?: string;
}

/** The flow's routes as components make them; of resources, what the document reads. */
export const routesOf = (of: Flow, { arn, graphId = "0" }: Made = { arn: "arn" }): readonly FlowRoute[] =>
  routedTriggers(of.triggers).map(([trigger, declaration]) => {
    const made = { invokeArn: pulumi.output(arn), arn: pulumi.output(arn) };
    return {
      ...declaration,
      flow: of.name,
      trigger,
      formerly: of.formerly ?? [],
      admission: of.admission !== undefined,
      graphId: pulumi.output(graphId),
      event: declaration.emits,
      ...(declaration.kind !== "webhook" && { parameters: routeParameters(declaration) }),
      role: made,
      alias: made,
      cacheSeconds: 10,
    } as unknown as FlowRoute;
  });

/** The API's definition, JSON. */
export const definitionOf = (options: OpenApiOptions): Promise<string> =>
  new Promise((resolve) => void openApi(options).apply(resolve));
