/** The API's body holds what AWS would refuse, or what this emulation does not know. */
export class DefinitionError extends Error {
  constructor(where: string, fact: string, remedy: string) {
    super(`${where}: ${fact}. ${remedy}.`);
    this.name = "DefinitionError";
  }
}
