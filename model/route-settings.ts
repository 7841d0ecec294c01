/** What the gateway does for one route. */
export interface RouteSettings {
  /**
   * How much the route takes from all callers together: requests a second (1 to 10000), and how many at once (1 to 5000). Beyond it is 429.
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
   * @default the stack's `hub:throttle`, which the routes without one share
   */
  readonly throttle?: { readonly rate: number; readonly burst: number };
}
