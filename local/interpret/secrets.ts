import { textOf } from "./resource-index.ts";
import type { Simulator } from "./simulator.ts";
import { seedFor } from "./third-parties.ts";

export const secret: Simulator = {
  type: "aws:secretsmanager/secret:Secret",
  put(resource, { secrets }, index) {
    const arn = textOf(resource, "arn");
    secrets.define({ name: textOf(resource, "name"), arn });
    // The sandbox knows the same value. One that was put in by hand, or by an earlier start, stays.
    const seed = secrets.hasValue(arn) ? undefined : seedFor(resource, index);
    if (seed !== undefined) secrets.put(arn, seed);
  },
};

export const secretVersion: Simulator = {
  type: "aws:secretsmanager/secretVersion:SecretVersion",
  put(resource, { secrets }) {
    secrets.put(textOf(resource, "secretId"), textOf(resource, "secretString"));
  },
};
