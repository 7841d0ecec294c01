// See shop.ts.
import { flow, step } from "../../../model/index.ts";
import { OrderPlaced } from "./shop.ts";
export default flow("mailer", {
  summary: "s",
  owner: "o",
  imports: [OrderPlaced],
  steps: {
    mail: step({
      on: OrderPlaced,
      emits: [],
      handler: ({ orderId }, { log }) => {
        log.info("mail", { orderId });
        return [];
      },
    }),
  },
});
