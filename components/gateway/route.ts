import type * as aws from "@pulumi/aws";
import type { AnyEvent, CallerAuth } from "../../model/index.ts";

interface Route {
  readonly flow: string;
  readonly trigger: string;
  /** Such as `POST /orders`. */
  readonly route: string;
  readonly summary: string | undefined;
}

/** The gateway itself publishes the event. */
export interface ApiRoute extends Route {
  readonly kind: "api";
  readonly graphHash: string;
  readonly event: AnyEvent;
  /** How its callers are authenticated. */
  readonly auth: CallerAuth;
  /** What the gateway acts as; it may publish this flow's first events. */
  readonly role: aws.iam.Role;
  readonly policy: aws.iam.RolePolicy;
}

/** A function verifies the call and publishes the event. */
export interface WebhookRoute extends Route {
  readonly kind: "webhook";
  /** Prefix of the resources made for the route. */
  readonly name: string;
  readonly function: aws.lambda.Function;
}

export type FlowRoute = ApiRoute | WebhookRoute;
