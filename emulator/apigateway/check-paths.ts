import { DefinitionError } from "./errors.ts";

/** https://docs.aws.amazon.com/apigateway/latest/api/API_CreateResource.html */
const PART = /^([A-Za-z0-9._:-]+|\{[A-Za-z0-9._:-]+\+?\})$/;

/**
 * Checks the paths of a definition as API Gateway does when it creates their resources.
 * @throws DefinitionError for a part with other characters, a greedy parameter before the end, and two names for the parameter of one place
 */
export function assertPaths(paths: readonly string[]): void {
  const variables = new Map<string, string>();
  for (const path of paths) {
    const parts = path.split("/").slice(1);
    for (const [at, part] of parts.entries()) {
      if (path === "/") continue;
      if (!PART.test(part))
        throw new DefinitionError(path, `API Gateway refuses the path part "${part}"`, "Use a-zA-Z0-9._-: or {name}");
      if (part.endsWith("+}") && at < parts.length - 1)
        throw new DefinitionError(path, `${part} takes the rest of the path, and more parts follow`, "Put it last");
      if (!part.startsWith("{")) continue;
      const parent = parts.slice(0, at).join("/");
      const sibling = variables.get(parent) ?? part;
      variables.set(parent, sibling);
      // "A sibling ({id}) of this resource already has a variable path part -- only one is allowed"
      // https://github.com/amazon-archives/aws-apigateway-importer/issues/202
      if (sibling !== part)
        throw new DefinitionError(
          path,
          `its sibling ${sibling} is a variable path part, and only one is allowed`,
          "Use one name",
        );
    }
  }
}
