import * as z from "zod";
import { api, event, flow, step, TerminalError } from "../../../model/index.ts";

const TripAsked = event("TripAsked", z.object({}));
const SeatTaken = event("SeatTaken", z.object({}));
const TripMade = event("TripMade", z.object({}));

/** A saga that always fails: the seat is given back. */
export default flow("undone", {
  summary: "Takes seats for trips that never happen.",
  owner: "tests",
  triggers: { trip: api("POST /trips", { emits: TripAsked }) },
  steps: {
    take: step({ on: TripAsked, emits: [SeatTaken], handler: () => SeatTaken({}), compensate: () => undefined }),
    go: step({
      on: SeatTaken,
      emits: [TripMade],
      handler: () => {
        throw new TerminalError("no trip", { code: "NO_TRIP" });
      },
    }),
  },
});
