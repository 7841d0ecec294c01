/** An event pattern that EventBridge would refuse. */
export class PatternError extends Error {
  override readonly name = "InvalidEventPatternException";
  constructor(reason: string) {
    super(`Event pattern is not valid. Reason: ${reason}`);
  }
}
