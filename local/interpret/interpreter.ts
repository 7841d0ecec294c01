import { isDeepStrictEqual } from "node:util";
import { kindOf, SIMULATIONS } from "../kinds/index.ts";
import type { Emulators } from "../kinds/kind.ts";
import { type RecordedResource, type Recording, ResourceIndex } from "../recording.ts";

/** The changes that applying a recording made. */
export interface Applied {
  readonly put: readonly RecordedResource[];
  readonly removed: readonly RecordedResource[];
  /** Resources, or parts of resources, that have no effect on one machine, with the reason. */
  readonly noEffect: readonly { readonly resource: RecordedResource; readonly reason: string }[];
}

/** Makes the resources of a recording in the emulated services, and then applies only the differences to each next recording. */
export class Interpreter {
  readonly #emulators: Emulators;
  /** URN -> what is made. Updated at each step, so that the next `apply` completes one that failed halfway. */
  readonly #made = new Map<string, Made>();
  #index: ResourceIndex | undefined;

  constructor(emulators: Emulators) {
    this.#emulators = emulators;
  }

  /**
   * @throws UserError for a kind of resource without a row in local/kinds; nothing has changed then.
   *   Error of a service that can't make a resource; the resources before it have changed
   */
  async apply(recording: Recording): Promise<Applied> {
    const index = new ResourceIndex(recording);
    const noEffect = recording.resources
      .filter(({ custom }) => custom)
      .flatMap((resource) => reasonsOf(resource).map((reason) => ({ resource, reason })));
    const put: RecordedResource[] = [];
    const kept = new Set<string>();
    for (const [type, simulation] of SIMULATIONS) {
      for (const resource of index.all(type)) {
        const parts = simulation.parts?.(resource, index) ?? [];
        kept.add(resource.urn).add(identityOf(resource));
        if (isDeepStrictEqual(this.#made.get(resource.urn), { resource, parts })) continue;
        this.#made.delete(resource.urn);
        await simulation.put(resource, this.#emulators, index);
        this.#made.set(resource.urn, { resource, parts });
        put.push(resource);
      }
    }
    const removed = await this.#remove(kept);
    for (const [type, simulation] of SIMULATIONS) await simulation.settle?.(index.all(type), this.#emulators);
    this.#index = index;
    return { put, removed, noEffect };
  }

  /** Removes in reverse order, so that what sends to a resource goes before the resource. */
  async #remove(kept: ReadonlySet<string>): Promise<RecordedResource[]> {
    const removed: RecordedResource[] = [];
    if (!this.#index) return removed;
    for (const [type, simulation] of [...SIMULATIONS].reverse()) {
      for (const { resource } of this.#made.values()) {
        if (resource.type !== type || kept.has(resource.urn)) continue;
        // A renamed resource exists under its new URN. Removing it under the old one would remove it altogether.
        if (kept.has(identityOf(resource))) {
          this.#made.delete(resource.urn);
          continue;
        }
        await simulation.remove?.(resource, this.#emulators, this.#index);
        this.#made.delete(resource.urn);
        removed.push(resource);
      }
    }
    return removed;
  }
}

/** @throws UserError for a kind without a row */
function reasonsOf(resource: RecordedResource): readonly string[] {
  const { noEffect, simulate } = kindOf(resource);
  return noEffect === undefined ? (simulate?.withoutEffect?.(resource) ?? []) : [noEffect];
}

const identityOf = ({ type, outputs }: RecordedResource) => `${type} ${String(outputs.id)}`;

interface Made {
  readonly resource: RecordedResource;
  readonly parts: readonly RecordedResource[];
}
