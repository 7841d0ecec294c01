// The parts of winston that a function needs; the package's index also loads its transports for files and HTTP, and all formats.

declare module "winston/lib/winston/create-logger.js" {
  import type { Logger, LoggerOptions } from "winston";
  export default function createLogger(options: LoggerOptions): Logger;
}

declare module "winston/lib/winston/transports/console.js" {
  import type { transports } from "winston";

  const Console: typeof transports.Console;
  export default Console;
}

declare module "winston/lib/winston/transports/stream.js" {
  import type { transports } from "winston";

  const Stream: typeof transports.Stream;
  export default Stream;
}
