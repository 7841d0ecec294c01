import type { Recording } from "../../local/recording.ts";
import { type CountedResource, type QuotaUse, quotaUses } from "../../policy/quotas.ts";

export const countedOf = ({ resources }: Recording): readonly CountedResource[] =>
  resources.map(({ type, name, inputs }) => ({ type, name, props: inputs }));

const number = (value: number) => value.toLocaleString("en-US");

interface QuotaReport {
  readonly text: string;
  /** Whether a quota is exceeded that AWS does not raise. */
  readonly exceeded: boolean;
}

/** A table of the quotas, the fullest first, and what to do about those that are too small. */
export function quotaReport(stack: string, resources: readonly CountedResource[]): QuotaReport {
  const uses = [...quotaUses(resources)].sort((a, b) => shareOf(b) - shareOf(a));
  const over = uses.filter((use) => shareOf(use) > 1);
  const fixed = over.filter(({ quota }) => !quota.raisable);
  const rows = [
    ["used", "limit", "share", "raised", "quota"],
    ...uses.map((use) => {
      const { quota, used, holder } = use;
      const share = `${Math.ceil(shareOf(use) * 100)} %`;
      return [number(used), number(quota.limit), share, quota.raisable ? "yes" : "never", `${quota.name} (${holder})`];
    }),
  ];
  const lines = [
    `${stack}: ${over.length} of ${uses.length} quotas are too small, of which AWS never raises ${fixed.length}`,
    ...table(rows),
    ...over.map(remedyOf),
  ];
  return { text: lines.join("\n"), exceeded: fixed.length > 0 };
}

const shareOf = ({ quota, used }: QuotaUse) => used / quota.limit;

function remedyOf({ quota, used, holder }: QuotaUse): string {
  if (!quota.raisable) return `  ${quota.name}: ${holder} has ${number(used)}. Divide it. ${quota.page}`;
  return `  ${quota.name}: have it raised to ${number(roundedUp(used))} before the deployment. ${quota.page}`;
}

/** With a fifth to spare, to two digits. */
function roundedUp(used: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(used)) - 1);
  return Math.ceil((used * 1.2) / unit) * unit;
}

/** The last column is text, the others are numbers. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, i) => (i === row.length - 1 ? cell : cell.padStart(widths[i] ?? 0))).join("  ")}`);
}
