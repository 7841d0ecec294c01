import { appendFileSync, existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import * as z from "zod";
import { api, event, flow, step, TerminalError } from "../../../model/index.ts";

const TripAsked = event("TripAsked", z.object({ id: z.string() }));
const HotelBooked = event("HotelBooked", z.object({ id: z.string() }));
const FlightBooked = event("FlightBooked", z.object({ id: z.string() }));
const tell = (what: string, id: string) => appendFileSync("__FOLDER__/trips", `${JSON.stringify({ what, id })}\n`);

/** Two steps side by side: one refuses at once, the other one is at it until the file `go` is there. */
export default flow("late", {
  summary: "Books a trip whose flight is refused.",
  owner: "tests",
  triggers: { trip: api("POST /trips", { emits: TripAsked }) },
  steps: {
    hotel: step({
      on: TripAsked,
      emits: [HotelBooked],
      handler: async ({ id }) => {
        tell("begin", id);
        while (!existsSync("__FOLDER__/go")) await setTimeout(20);
        tell("book", id);
        return HotelBooked({ id });
      },
      compensate: ({ input }) => tell("cancel", input.id),
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
