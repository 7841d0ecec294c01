import { textOf } from "../recording.ts";
import { seedFor } from "../sandbox/third-parties.ts";
import type { Kinds } from "./kind.ts";
import { arnOf, idIsName, shortId } from "./outputs.ts";

export const secretsmanager: Kinds = {
  "aws:secretsmanager/secret:Secret": {
    outputs(resource) {
      const arn = arnOf(resource, "secretsmanager", `secret:${resource.physicalName}-${shortId(resource.urn, 6)}`);
      return { id: arn, arn };
    },
    simulate: {
      put(resource, { secrets }, index) {
        const arn = textOf(resource, "arn");
        secrets.define({ name: textOf(resource, "name"), arn });
        // The sandbox uses the same value. A value that a user or an earlier start has put stays.
        const seed = secrets.hasValue(arn) ? undefined : seedFor(resource, index);
        if (seed !== undefined) secrets.put(arn, seed);
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
