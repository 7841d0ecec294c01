import { HubError } from "../../emulator/user-error.ts";
import type { RecordedResource, Recording } from "../recording.ts";

/** Finds recorded resources by what others call them. */
export class ResourceIndex {
  readonly recording: Recording;
  readonly #byType = new Map<string, RecordedResource[]>();

  constructor(recording: Recording) {
    this.recording = recording;
    for (const resource of recording.resources) {
      const known = this.#byType.get(resource.type);
      if (known) known.push(resource);
      else this.#byType.set(resource.type, [resource]);
    }
  }

  all(type: string): readonly RecordedResource[] {
    return this.#byType.get(type) ?? [];
  }

  /** @param reference its name, id or ARN, whichever an input may hold */
  find(type: string, reference: unknown): RecordedResource | undefined {
    return this.all(type).find(({ outputs: { name, id, arn } }) => reference === name || reference === id || reference === arn);
  }

  /**
   * @param by the resource that refers to it
   * @throws HubError when it is not in the recording
   */
  get(type: string, reference: unknown, by: RecordedResource): RecordedResource {
    const found = this.find(type, reference);
    if (found) return found;
    throw new HubError(
      `${by.type} ${by.name} names ${String(reference)}, and the program makes no such ${type}. Make it in the same stack.`,
    );
  }
}

/** An output that has to be text. */
export function textOf(resource: RecordedResource, output: string): string {
  const value = resource.outputs[output];
  if (typeof value === "string") return value;
  throw new HubError(`${resource.type} ${resource.name} has no ${output}. Set it.`);
}
