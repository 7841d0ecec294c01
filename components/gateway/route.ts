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
  /** A second route of the function, such as `GET /hooks/meta`, by which the third party asks whether the URL is the hub's. */
  readonly handshake: string | undefined;
  readonly function: aws.lambda.Function;
}

export type FlowRoute = ApiRoute | WebhookRoute;
