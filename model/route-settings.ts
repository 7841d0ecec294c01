/** Gateway settings of one route. */
export interface RouteSettings {
  /**
   * Limit of the route for all callers together. Requests beyond it get 429.
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
   * @default the stack's `hub:throttle`, shared by all routes without a limit
   */
  readonly throttle?: {
    /** Requests a second. @range 1 to 10000 */
    readonly rate: number;
    /** Requests at once. @range 1 to 5000 */
    readonly burst: number;
  };
}
