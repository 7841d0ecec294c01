import { useEffect, useState } from "preact/hooks";

/** Rows that are drawn at once: more than are in sight. */
const FIRST = 60;
const STEP = 150;

/**
 * How many rows of a long list to draw: those in sight at once, the others after the page was painted.
 * @param total of the list
 */
export function useGrowing(total: number): number {
  const [count, setCount] = useState(FIRST);
  useEffect(() => {
    if (count >= total) return;
    let timer = 0;
    const frame = requestAnimationFrame(() => {
      timer = window.setTimeout(() => setCount(count + STEP));
    });
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, [count, total]);
  return Math.min(count, total);
}
