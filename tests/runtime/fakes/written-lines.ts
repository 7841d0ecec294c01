import { Writable } from "node:stream";

/** A stream that hands over each line that is written to it. */
export const writtenLines = (take: (line: string) => void): Writable =>
  new Writable({
    write(chunk, _encoding, done) {
      take(String(chunk));
      done();
    },
  });
