import { existsSync, readdirSync, readFileSync } from "node:fs";

/** Linux alone has these figures: elsewhere each is NaN. man 5 proc_pid_stat, proc_pid_status */
const HAS_PROC = existsSync("/proc/self/stat");

/** In USER_HZ, 100 on every platform that Node has builds for. */
const CLOCK_TICK_MS = 10;

/** Processor time of a process, of its children that have ended, and of its descendants that run, ms. */
export function cpuOfTree(pid: number): number {
  if (!HAS_PROC) return Number.NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ")
    .slice(11, 15);
  const own = fields.reduce((sum, field) => sum + Number(field), 0) * CLOCK_TICK_MS;
  return childrenOf(pid).reduce((sum, child) => sum + unlessEnded(() => cpuOfTree(child)), own);
}

/** Resident memory of a process and of its descendants, MB. */
export function residentOfTree(pid: number): number {
  return childrenOf(pid).reduce((sum, child) => sum + unlessEnded(() => residentOfTree(child)), statusMb(pid, "VmRSS"));
}

/** Largest resident memory that a process has had, MB. */
export const largestOf = (pid: number): number => statusMb(pid, "VmHWM");

export function childrenOf(pid: number): readonly number[] {
  if (!HAS_PROC) return [];
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    const children = readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim();
    return children === "" ? [] : children.split(" ").map(Number);
  });
}

/** A process may end between two looks: then it has nothing any more. */
function unlessEnded(figure: () => number): number {
  try {
    return figure();
  } catch {
    return 0;
  }
}

function statusMb(pid: number, field: string): number {
  if (!HAS_PROC) return Number.NaN;
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;
}
