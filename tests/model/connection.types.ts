// Checked by tsc alone: each @ts-expect-error must not compile.
import * as z from "zod";
import { type Clients, connection, event, step } from "../../model/index.ts";

const Asked = event("Asked", z.object({ day: z.string() }));
const bank = connection("bank", { protocol: "sftp", secret: "bank/sftp", keys: ["host", "password"] });

step({
  on: Asked,
  emits: [],
  uses: { bank },
  handler: async (_, { bank }) => {
    const { host, password } = await bank.secret();
    const texts: readonly string[] = [host, password];
    // @ts-expect-error a key that the declaration does not list
    const { username } = await bank.secret();
    // @ts-expect-error the secret takes no input
    await bank.secret({ key: "host" });
    // @ts-expect-error a connection has no operations
    await bank.put("/in/a");
    return [texts, username].length > 2 ? [] : [];
  },
});

// @ts-expect-error a connection needs a key
connection("bank", { protocol: "sftp", secret: "bank/sftp", keys: [] });
// @ts-expect-error what limits calls is for calls that the hub makes
connection("bank", { protocol: "sftp", secret: "bank/sftp", keys: ["host"], rateLimit: { calls: 1, per: "1 second" } });

type Secret = Awaited<ReturnType<Clients<{ bank: typeof bank }>["bank"]["secret"]>>;
const secret: Secret = { host: "h", password: "p" };
// @ts-expect-error the secret can't be written
secret.host = "other";
