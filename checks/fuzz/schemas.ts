// Run by `npm run fuzz`: too long for `npm test`, which runs the same with fewer schemas.
import { expect } from "chai";
import { describe, it } from "mocha";
import { checkAgreement } from "../../tests/model/schemas/agree.ts";

const SCHEMAS = Number(process.env.FUZZ_SCHEMAS ?? 2_000);
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

describe(`schemas / zod, gateway and functions; FUZZ_SEED=${SEED} repeats this run`, function () {
  this.timeout(1_800_000);

  it("agree on generated schemas and values", () => {
    const agreement = checkAgreement({ schemas: SCHEMAS, values: 20, seed: SEED });
    console.log(`    ${JSON.stringify(agreement)}`);
    expect(agreement.accepted).to.be.greaterThan(SCHEMAS);
    expect(agreement.refusedAtTheGateway).to.be.greaterThan(agreement.refused * 0.6);
  });
});
