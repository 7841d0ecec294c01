// A process of its own, whose packages are those of this folder. Reads `{ diagrams, documents }` from standard input, texts by their names,
// and prints what is wrong with each as JSON: name -> list of problems.
import { text } from "node:stream/consumers";
import { Parser } from "@asyncapi/parser";
import { JSDOM } from "jsdom";

// Mermaid cleans labels by means of the page that it draws on.
const { window } = new JSDOM("");
Object.assign(globalThis, { window, document: window.document });
const { default: mermaid } = await import("mermaid");

const { diagrams, documents } = JSON.parse(await text(process.stdin));
const found = {};
for (const [name, diagram] of Object.entries(diagrams))
  found[name] = await mermaid.parse(diagram).then(
    () => [],
    (error) => [error.message],
  );
for (const [name, document] of Object.entries(documents)) {
  const { diagnostics } = await new Parser().parse(document);
  // 0 is an error, 1 a warning; the others are advice, such as to use AsyncAPI 3.1, which is not needed.
  found[name] = diagnostics.flatMap(({ severity, path, message }) =>
    severity < 2 ? [`${path.join("/") || "#"}: ${message}`] : [],
  );
}
process.stdout.write(JSON.stringify(found));
