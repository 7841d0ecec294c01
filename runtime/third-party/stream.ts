/** Aborts when more than `ms` pass between `start` and `stop`. */
export function idleLimit(ms: number) {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  return {
    signal: controller.signal,
    start: () => {
      timer = setTimeout(() => controller.abort(), ms);
    },
    stop: () => clearTimeout(timer),
  };
}

interface Streamed {
  readonly chunks: AsyncGenerator<Uint8Array>;
  readonly limit: ReturnType<typeof idleLimit>;
  readonly explained: (error: unknown) => Error;
}

/** The time in which the reader handles a chunk does not count. Leaving the loop ends the call. */
export async function* streamed({ chunks, limit, explained }: Streamed): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      limit.start();
      const { done, value } = await chunks.next();
      limit.stop();
      if (done) return;
      yield value;
    }
  } catch (error) {
    throw explained(error);
  } finally {
    limit.stop();
    await chunks.return(undefined);
  }
}
