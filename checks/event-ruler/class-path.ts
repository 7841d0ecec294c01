import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** AWS's event-ruler, or another Java program, can't be had on this machine; the text is the reason. */
export class NoEventRuler extends Error {
  override readonly name = "NoEventRuler";
}

/**
 * @returns the class path of the event-ruler that pom.xml pins, which Maven fetches the first time
 * @throws NoEventRuler without Java 11 or newer, Maven, or a Maven repository
 */
export const eventRulerClassPath = (): string =>
  classPathOf(join(import.meta.dirname, "pom.xml"), "software.amazon.event.ruler:event-ruler");

/**
 * @returns the class path of what a pom.xml pins, which Maven fetches the first time @param artifact its name, for the reason
 * @throws NoEventRuler as above
 */
export function classPathOf(pom: string, artifact: string): string {
  for (const tool of ["java", "mvn"])
    if (spawnSync(tool, ["-version"]).error) throw new NoEventRuler(`there is no ${tool} on the PATH.`);
  const work = mkdtempSync(join(tmpdir(), "event-ruler-"));
  try {
    const file = join(work, "classpath");
    const maven = spawnSync("mvn", ["-q", "-B", "-f", pom, "dependency:build-classpath", `-Dmdep.outputFile=${file}`], {
      encoding: "utf8",
      timeout: 300_000,
    });
    const reason = () => maven.stdout.split("\n")[0] ?? maven.error?.message ?? "no output";
    if (maven.status !== 0) throw new NoEventRuler(`Maven can't fetch ${artifact} (${reason()}).`);
    return readFileSync(file, "utf8").trim();
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
