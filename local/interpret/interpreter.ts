import { isDeepStrictEqual } from "node:util";
import { HubError } from "../../emulator/user-error.ts";
import type { RecordedResource, Recording } from "../recording.ts";
import { INERT } from "./inert.ts";
import { ResourceIndex } from "./resource-index.ts";
import { SIMULATORS } from "./simulators.ts";
import type { World } from "./world.ts";

/** What one application of a recording did. */
export interface Applied {
  readonly put: readonly RecordedResource[];
  readonly removed: readonly RecordedResource[];
  /** Resources, or parts of them, without effect on one machine, with the reason. */
  readonly inert: readonly { readonly resource: RecordedResource; readonly reason: string }[];
}

/** Brings recordings to life, and afterwards only what differs between one and the next. */
export class Interpreter {
  readonly #world: World;
  /** What is alive, by URN; kept up to date at each step, so that after a failure the next recording mends what is half done. */
  readonly #known = new Map<string, Known>();
  #index: ResourceIndex | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  /**
   * @throws HubError for a kind of resource that is neither simulated nor known to have no effect; nothing is changed then.
   *   Error of a service that can't make a resource; what came before it is changed
   */
  async apply(recording: Recording): Promise<Applied> {
    const index = new ResourceIndex(recording);
    assertKnown(recording);
    const put: RecordedResource[] = [];
    const kept = new Set<string>();
    for (const simulator of SIMULATORS) {
      for (const resource of index.all(simulator.type)) {
        const parts = simulator.parts?.(resource, index) ?? [];
        kept.add(resource.urn).add(identityOf(resource));
        if (isDeepStrictEqual(this.#known.get(resource.urn), { resource, parts })) continue;
        this.#known.delete(resource.urn);
        await simulator.put(resource, this.#world, index);
        this.#known.set(resource.urn, { resource, parts });
        put.push(resource);
      }
    }
    const removed = await this.#remove(kept);
    this.#index = index;
    const inert = recording.resources.flatMap((resource) => reasonsOf(resource).map((reason) => ({ resource, reason })));
    return { put, removed, inert };
  }

  /** In reverse, so that what feeds a resource goes before it. */
  async #remove(kept: ReadonlySet<string>): Promise<RecordedResource[]> {
    const removed: RecordedResource[] = [];
    if (!this.#index) return removed;
    for (const simulator of [...SIMULATORS].reverse()) {
      for (const { resource } of this.#known.values()) {
        if (resource.type !== simulator.type || kept.has(resource.urn)) continue;
        // Renamed: it is there under its new URN, and taking the old one away would take it.
        if (kept.has(identityOf(resource))) {
          this.#known.delete(resource.urn);
          continue;
        }
        await simulator.remove?.(resource, this.#world, this.#index);
        this.#known.delete(resource.urn);
        removed.push(resource);
      }
    }
    return removed;
  }
}

function reasonsOf(resource: RecordedResource): readonly string[] {
  const whole = INERT[resource.type];
  if (whole !== undefined) return [whole];
  return SIMULATORS.find(({ type }) => type === resource.type)?.withoutEffect?.(resource) ?? [];
}

const identityOf = ({ type, outputs }: RecordedResource) => `${type} ${String(outputs.id)}`;

interface Known {
  readonly resource: RecordedResource;
  readonly parts: readonly RecordedResource[];
}

function assertKnown({ resources }: Recording) {
  const simulated = new Set(SIMULATORS.map(({ type }) => type));
  const unknown = resources.filter(({ custom, type }) => custom && !simulated.has(type) && INERT[type] === undefined);
  const types = [...new Set(unknown.map(({ type }) => type))];
  if (types.length === 0) return;
  const names = unknown.map(({ name }) => name);
  throw new HubError(
    `The hub on one machine does not know the resource kind ${types.join(", ")} (${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}). ` +
      "Simulate it in local/interpret/, or list it in local/interpret/inert.ts with the reason why it has no effect here.",
  );
}
