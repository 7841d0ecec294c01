import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type * as z from "zod";
import type { AnyEvent, CallerAuth, RouteParameters } from "../../model/index.ts";

interface Route {
  readonly flow: string;
  readonly trigger: string;
  /** Former names of the flow. */
  readonly formerly: readonly string[];
  /** Such as `POST /orders`. */
  readonly route: string;
  readonly summary: string | undefined;
  /** Prefix of the resources made for the route. */
  readonly name: string;
  /** Whether the flow refuses requests while it is behind. */
  readonly admission: boolean;
  /** Limits of this route: requests a second, and burst. */
  readonly throttle: { readonly rate: number; readonly burst: number } | undefined;
}

/** The gateway itself publishes the event. */
export interface ApiRoute extends Route {
  readonly kind: "api";
  readonly graphId: pulumi.Output<string>;
  readonly event: AnyEvent;
  /** Where the event's fields come from. */
  readonly parameters: RouteParameters;
  /** How its callers are authenticated. */
  readonly auth: CallerAuth;
  /** Role of the gateway; it may publish this flow's first events. */
  readonly role: aws.iam.Role;
  readonly policy: aws.iam.RolePolicy;
}

/** A function verifies the call and publishes the event. */
export interface WebhookRoute extends Route {
  readonly kind: "webhook";
  /** A second route of the function, such as `GET /hooks/meta`, by which the third party asks whether the URL is the hub's. */
  readonly handshake: string | undefined;
  readonly function: aws.lambda.Function;
  /** Header that carries the signature, lower case; `""` where the body does. */
  readonly signatureHeader: string;
  /** Status of the answer to a call that was taken. */
  readonly answerStatus: number;
}

/** A function answers, behind an alias. */
export interface SyncRoute extends Route {
  readonly kind: "sync";
  /** How its callers are authenticated. */
  readonly auth: CallerAuth;
  /** Schema of the request: body and parameters. */
  readonly request: z.ZodObject;
  /** Where the request's fields come from. */
  readonly parameters: RouteParameters;
  readonly function: aws.lambda.Function;
  readonly alias: aws.lambda.Alias;
  /** Seconds that answers are cached, 1 to 3600; `undefined` where they are not. */
  readonly cacheSeconds: number | undefined;
}

export type FlowRoute = ApiRoute | WebhookRoute | SyncRoute;
