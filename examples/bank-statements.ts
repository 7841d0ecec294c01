import SftpClient from "ssh2-sftp-client";
import * as z from "zod";
import { api, connection, event, flow, step, TerminalError } from "../model/index.ts";

const StatementWanted = event("StatementWanted", z.object({ day: z.iso.date() }));
const StatementFetched = event("StatementFetched", z.object({ day: z.string(), lines: z.array(z.string()) }));

const bank = connection("bank-files", {
  summary: "Puts an account's statement of each day into /out, and takes a receipt in /in.",
  protocol: "sftp",
  secret: "bank-files/sftp",
  // `hostKey` is the server's public key, as known_hosts has it: without it, anyone between the two could answer.
  keys: ["host", "port", "username", "password", "hostKey"],
  // A statement is read, and a receipt is the same however often it is written.
  safeToRepeat: true,
});

/** EventBridge takes 1 MB, and a result 400 KB: larger files belong into a bucket. */
const MOST_BYTES = 300_000;

export default flow("bank-statements", {
  summary: "Fetches a bank's statement by SFTP, and confirms it there.",
  owner: "treasury",
  triggers: { ask: api("POST /statements", { emits: StatementWanted }) },
  steps: {
    fetch: step({
      on: StatementWanted,
      emits: [StatementFetched],
      uses: { bank },
      timeout: "1 minute",
      handler: async ({ day }, { bank, log }) => {
        const { hostKey, port, ...login } = await bank.secret();
        const sftp = new SftpClient();
        await sftp.connect({
          ...login,
          port: Number(port),
          readyTimeout: 10_000,
          hostVerifier: (key: Buffer) => key.toString("base64") === hostKey,
        });
        try {
          const found = await sftp.exists(`/out/${day}.csv`);
          if (!found) throw new TerminalError(`there is no statement of ${day}`, { code: "NO_STATEMENT" });
          const { size } = await sftp.stat(`/out/${day}.csv`);
          if (size > MOST_BYTES) throw new TerminalError(`the statement has ${size} bytes`, { code: "STATEMENT_TOO_LARGE" });
          const content = (await sftp.get(`/out/${day}.csv`)) as Buffer;
          await sftp.put(Buffer.from(`got ${content.length} bytes`), `/in/${day}.ack`);
          log.info("statement fetched", { day, bytes: content.length });
          return StatementFetched({ day, lines: content.toString().trimEnd().split("\n") });
        } finally {
          await sftp.end();
        }
      },
    }),
  },
});
