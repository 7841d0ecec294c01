import type { SourcePlace } from "../shared/catalogue.ts";

/** Opens a file in the editor, and shows its path to copy. https://code.visualstudio.com/docs/configure/command-line#_opening-vs-code-with-urls */
export const SourceLink = ({ of: { file, line } }: { readonly of: SourcePlace }) => (
  <>
    <a href={encodeURI(`vscode://file/${file.replace(/^\//, "")}:${line}`)}>open in the editor</a>{" "}
    <code class="muted">{`${file}:${line}`}</code>
  </>
);
