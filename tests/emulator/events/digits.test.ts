import { expect } from "chai";
import { describe, it } from "mocha";
import { eventOf } from "../../../emulator/events/event.ts";
import { parseKeepingDigits } from "../../../emulator/json.ts";

describe("events / digits", () => {
  it("of a detail's numbers stay as they were published", () => {
    const Detail = '{"id":1152921506151679043,"small":1.5,"exponent":1e400,"text":"12345678901234567890"}';
    const account = { region: "eu-central-1", accountId: "111122223333" };
    const event = eventOf({ Source: "hub.orders", DetailType: "OrderPlaced", Detail }, account, 0);
    expect(JSON.stringify(event.detail)).to.equal(Detail);
    expect(JSON.stringify(parseKeepingDigits(JSON.stringify(event)))).to.equal(JSON.stringify(event));
    expect(parseKeepingDigits('{"a":[1,2.5]}')).to.deep.equal({ a: [1, 2.5] });
  });
});
