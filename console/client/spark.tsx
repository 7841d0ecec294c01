import type { Sparks } from "../shared/api.ts";
import { ago, number } from "./text.ts";

const [BAR, GAP, HEIGHT] = [4, 1, 22];

/** When the dead letters of a group failed for the first time. */
export function Spark({ sparks: { from, to, counts }, group }: { readonly sparks: Sparks; readonly group: string }) {
  const line = counts[group] ?? [];
  if (line.length === 0) return null;
  const most = Math.max(...line);
  const part = (Date.parse(to) - Date.parse(from)) / line.length;
  const top = new Date(Date.parse(from) + (line.indexOf(most) + 1) * part).toISOString();
  const text = `first failures since ${ago(from)}: ${number(most)} at most in a ${line.length}th of that time, ${ago(top)}`;
  const width = line.length * (BAR + GAP) - GAP;
  return (
    <svg class="spark" role="img" aria-label={text} viewBox={`0 0 ${width} ${HEIGHT}`} width={width} height={HEIGHT}>
      <title>{text}</title>
      {line.map((n, i) => {
        const height = n === 0 ? 1 : Math.max(3, Math.round((n / most) * HEIGHT));
        return <rect key={i} class={n === 0 ? "none" : ""} x={i * (BAR + GAP)} y={HEIGHT - height} width={BAR} height={height} />;
      })}
    </svg>
  );
}
