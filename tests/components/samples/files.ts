import * as z from "zod";
import { api, connection, event, flow, step } from "../../../model/index.ts";

const Asked = event("Asked", z.object({ day: z.string() }));
const bank = connection("bank", { protocol: "sftp", secret: "bank/sftp", keys: ["host", "password"], egress: "fixed", port: 22 });
const mail = connection("mail", { protocol: "smtp", secret: "mail/login", keys: ["user"], egress: "fixed", port: 587 });
export default flow("files", {
  summary: "s",
  owner: "o",
  source: import.meta.url,
  triggers: { ask: api("POST /files", { emits: Asked }) },
  steps: {
    fetch: step({ on: Asked, emits: [], uses: { bank }, handler: () => [] }),
    tell: step({ on: Asked, emits: [], uses: { mail, again: mail }, handler: () => [] }),
    count: step({ on: Asked, emits: [], handler: () => [] }),
  },
});
