import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const COPIED =
  /^(index\.ts|package\.json|Pulumi\.yaml|components|console|emulator|events|local|model|protocol|runtime|third-parties)$/;
const CONFIG = `config:
  aws:region: us-east-1
  hub:consumers:
    default: {}
    operations: {}
  hub:operators: [operations]
  hub:protect: false
`;

/** Copies the program without its flows, which the caller writes. It shares the installed packages. */
export function copyProgram(root: string): void {
  mkdirSync(root, { recursive: true });
  for (const name of readdirSync(ROOT)) if (COPIED.test(name)) cpSync(join(ROOT, name), join(root, name), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  writeFileSync(join(root, "Pulumi.dev.yaml"), CONFIG);
}
