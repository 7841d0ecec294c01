import type { RecordedResource } from "../recording.ts";
import type { ResourceIndex } from "./resource-index.ts";
import type { World } from "./world.ts";

/** How one kind of recorded resource comes to life on one machine. */
export interface Simulator {
  /** Pulumi's type token. */
  readonly type: string;
  /** Makes it, or changes it to what the recording says now. */
  put(resource: RecordedResource, world: World, index: ResourceIndex): void | Promise<void>;
  /**
   * Takes it away when the recording has it no longer.
   * @param index of the recording that still had it
   * @default it stays, without anything that feeds it: state is never lost
   */
  remove?(resource: RecordedResource, world: World, index: ResourceIndex): void | Promise<void>;
  /** Parts of it that have no effect on one machine, each as its reason. @default none */
  withoutEffect?(resource: RecordedResource): readonly string[];
  /** Other resources that make it up: when one of them changes, it is put again. */
  parts?(resource: RecordedResource, index: ResourceIndex): readonly RecordedResource[];
}
