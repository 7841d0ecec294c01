import { REDRIVE_WINDOW_SECONDS } from "../../protocol/limits.ts";
import type { Health } from "../shared/api.ts";
import { clockOffset } from "./data.ts";

/** By status of a request, a step or a dead letter. */
const HEALTH: Readonly<Record<string, Health>> = {
  accepted: "busy",
  running: "busy",
  blocked: "bad",
  compensating: "wait",
  completed: "good",
  failed: "bad",
  cancelled: "idle",
  compensated: "wait",
  "compensation-failed": "bad",
  succeeded: "good",
  retrying: "wait",
  waiting: "wait",
  pending: "busy",
  skipped: "idle",
  open: "bad",
  redriven: "busy",
  discarded: "idle",
  begun: "wait",
  done: "good",
  refused: "wait",
  OK: "good",
  ALARM: "bad",
  INSUFFICIENT_DATA: "idle",
  closed: "good",
  "half-open": "wait",
};
export const healthOf = (status: string): Health => HEALTH[status] ?? "idle";

/** Shapes, so that colour is not all that distinguishes them. */
export const GLYPHS: Readonly<Record<Health, string>> = { bad: "✕", wait: "◔", busy: "●", good: "✓", idle: "○" };

export const number = (n: number): string => n.toLocaleString("en-US");

export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = ms / 1_000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3_600)} h`;
}

/** Such as `3 min ago`, by the hub's clock. */
export function ago(iso: string): string {
  const ms = Date.now() + clockOffset.value - Date.parse(iso);
  if (Number.isNaN(ms)) return "";
  if (ms < 2_000) return "now";
  const [n, unit] =
    ms < 60_000
      ? [ms / 1_000, "s"]
      : ms < 3_600_000
        ? [ms / 60_000, "min"]
        : ms < 86_400_000
          ? [ms / 3_600_000, "h"]
          : [ms / 86_400_000, "d"];
  return `${Math.floor(n)} ${unit} ago`;
}

/** How long it can still be sent back, such as `29 days remain`. @param firstAt of its first failure, ISO 8601 */
export function remaining(firstAt: string): string {
  const left = Date.parse(firstAt) + REDRIVE_WINDOW_SECONDS * 1_000 - Date.now() - clockOffset.value;
  const days = Math.max(0, Math.floor(left / 86_400_000));
  return days === 0 ? "less than a day remains" : `${days} day${days === 1 ? " remains" : "s remain"}`;
}

export const clock = (iso: string): string => iso.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC");
