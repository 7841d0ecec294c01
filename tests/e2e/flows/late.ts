import { appendFileSync, existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import * as z from "zod";
import { api, event, flow, step, TerminalError } from "../../../model/index.ts";

const TripAsked = event("TripAsked", z.object({ id: z.string() }));
const HotelBooked = event("HotelBooked", z.object({ id: z.string() }));
const FlightBooked = event("FlightBooked", z.object({ id: z.string() }));
const record = (what: string, id: string) => appendFileSync("__FOLDER__/trips", `${JSON.stringify({ what, id })}\n`);

/** Two parallel steps: one fails at once, the other runs until the file `go` exists. */
export default flow("late", {
  summary: "Books a trip whose flight is refused.",
  owner: "tests",
  triggers: { trip: api("POST /trips", { emits: TripAsked }) },
  steps: {
    hotel: step({
      on: TripAsked,
      emits: [HotelBooked],
      handler: async ({ id }) => {
        record("begin", id);
        while (!existsSync("__FOLDER__/go")) await setTimeout(20);
        record("book", id);
        return HotelBooked({ id });
      },
      compensate: ({ input }) => record("cancel", input.id),
    }),
    flight: step({
      on: TripAsked,
      emits: [FlightBooked],
      handler: () => {
        throw new TerminalError("no seat is left", { code: "FULL" });
      },
    }),
  },
});
