import { readFileSync } from "node:fs";
import SftpClient from "ssh2-sftp-client";
import * as z from "zod";
import { api, event, flow, step, TerminalError } from "../../../model/index.ts";

const Wanted = event("StatementWanted", z.object({ day: z.string() }));
const Fetched = event("StatementFetched", z.object({ lines: z.array(z.string()) }));

export default flow("statements", {
  summary: "Fetches a bank's statement by SFTP, and confirms it there.",
  owner: "tests",
  triggers: { ask: api("POST /statements", { emits: Wanted }) },
  steps: {
    fetch: step({
      on: Wanted,
      emits: [Fetched],
      handler: async ({ day }) => {
        const sftp = new SftpClient();
        await sftp.connect(JSON.parse(readFileSync("__FOLDER__/sftp.json", "utf8")) as SftpClient.ConnectOptions);
        try {
          if (!(await sftp.exists(`/out/${day}.csv`))) throw new TerminalError("no statement", { code: "NO_STATEMENT" });
          const content = (await sftp.get(`/out/${day}.csv`)) as Buffer;
          await sftp.put(Buffer.from(`got ${content.length} bytes`), `/in/${day}.ack`);
          return Fetched({ lines: content.toString().trimEnd().split("\n") });
        } finally {
          await sftp.end();
        }
      },
    }),
  },
});
