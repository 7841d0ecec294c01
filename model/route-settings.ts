/** Gateway settings of one route. */
export interface RouteSettings {
  /**
   * Limit of the route for all callers together: requests a second (1 to 10000) and burst (1 to 5000). Requests beyond it get 429.
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
   * @default the stack's `hub:throttle`, shared by all routes without a limit
   */
  readonly throttle?: { readonly rate: number; readonly burst: number };
}
