import { textOf } from "../recording.ts";
import { secretOf, seedFor } from "../sandbox/third-parties.ts";
import type { Kinds } from "./kind.ts";
import { arnOf, idIsName, shortId } from "./outputs.ts";

export const secretsmanager: Kinds = {
  "aws:secretsmanager/secret:Secret": {
    outputs(resource) {
      const arn = arnOf(resource, "secretsmanager", `secret:${resource.physicalName}-${shortId(resource.urn, 6)}`);
      return { id: arn, arn };
    },
    simulate: {
      async put(resource, { secrets, live }, index) {
        const arn = textOf(resource, "arn");
        secrets.define({ name: textOf(resource, "name"), arn });
        const storedValue = (declared: string) => {
          const name = secretOf(index, declared)?.outputs.name;
          const value = name === undefined ? undefined : secrets.value(String(name));
          return value === undefined ? undefined : (JSON.parse(value) as Readonly<Record<string, string>>);
        };
        // The sandbox uses the same value. A value that a user or an earlier start has put stays.
        const seed = secrets.hasValue(arn) ? undefined : await seedFor(resource, index, storedValue);
        if (seed !== undefined) secrets.put(arn, seed);
        for (const [declared, value] of live.secrets)
          if (secretOf(index, declared)?.outputs.arn === arn) secrets.lend(arn, JSON.stringify(value));
      },
    },
  },

  "aws:secretsmanager/secretVersion:SecretVersion": {
    nameKey: null,
    outputs: idIsName,
    simulate: {
      put(resource, { secrets }) {
        secrets.put(textOf(resource, "secretId"), textOf(resource, "secretString"));
      },
    },
  },
};
