/** @returns the Mermaid diagrams of a page, each with its place, such as `README.md, diagram 1` */
export const diagramsIn = (path: string, page: string): readonly (readonly [place: string, diagram: string])[] =>
  [...page.matchAll(/```mermaid\n(.*?)```/gs)].map(([, diagram = ""], i) => [`${path}, diagram ${i + 1}`, diagram] as const);
