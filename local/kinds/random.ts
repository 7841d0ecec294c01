import type { Kinds } from "./kind.ts";
import { shortId } from "./outputs.ts";

/** Kinds of the provider `random`: values of the state, no resources of AWS. */
export const random: Kinds = {
  "random:index/randomId:RandomId": {
    nameKey: null,
    // It follows from the name, so that two recordings of one program are equal.
    outputs: ({ urn, inputs }) => {
      const hex = shortId(urn, 2 * Number(inputs.byteLength));
      return { id: hex, hex };
    },
    noEffect: "it is a value in the state of the stack",
  },
};
