import type { Aws } from "../../emulator/aws.ts";
import type { Store } from "../../emulator/store.ts";
import type { Live } from "../live.ts";
import type { RecordedResource, ResourceIndex } from "../recording.ts";
import type { NamedResource, Outputs } from "./outputs.ts";

/** What simulated resources are made in: the emulated AWS services, and where the program and the third parties are. */
export interface Emulators extends Aws {
  /** Folder of the Pulumi program. Relative paths of assets start there. */
  readonly root: string;
  /** Address of the sandbox, such as `http://127.0.0.1:4512`. */
  readonly sandboxUrl: string;
  /** Address of the collector of traces. @default nothing takes traces */
  readonly tracesUrl?: string;
  /** Third parties that are called at their real addresses. */
  readonly live: Live;
  /** Whether a debugger may stop in a function, so that none has a time limit. @default false */
  readonly debugged?: boolean;
  /** What has to be known of resources that outlive the process. */
  readonly store: Store;
}

/** How the local hub makes a resource of one kind in the emulated AWS services. */
export interface Simulation {
  /** Creates the resource, or updates it to the new recording. @throws UserError for an option that is not simulated */
  put(resource: RecordedResource, emulators: Emulators, index: ResourceIndex): void | Promise<void>;
  /**
   * Removes the resource after the recording dropped it.
   * @param index of the recording that still had it
   * @default the resource stays with its state, and nothing sends to it
   */
  remove?(resource: RecordedResource, emulators: Emulators, index: ResourceIndex): void | Promise<void>;
  /**
   * Called after all have been put and removed, for kinds whose resources outlive the process: what is recorded now, also where an earlier
   * process made other ones. @default nothing
   */
  settle?(recorded: readonly RecordedResource[], emulators: Emulators): void | Promise<void>;
  /** The parts of the resource that have no effect locally: one reason each. @default none */
  withoutEffect?(resource: RecordedResource): readonly string[];
  /** Other resources that it is made of. A change of one of them puts it again. @default none */
  parts?(resource: RecordedResource, index: ResourceIndex): readonly RecordedResource[];
  /** Whether the resource starts work by itself, by polling or by time. Such resources are put after all others. @default false */
  readonly startsWork?: boolean;
}

interface NamedKind {
  /** The input that holds the physical name; `null` when the kind has no name. @default "name" */
  readonly nameKey?: string | null;
  /** What the AWS provider adds to the inputs: id, ARN, URL, … The name is added without it. */
  readonly outputs: (resource: NamedResource) => Outputs;
}

/** Everything the local hub knows about one kind of Pulumi resource. A kind is either simulated, or has no effect for a reason. */
export type Kind = NamedKind &
  (
    | { readonly simulate: Simulation; readonly noEffect?: never }
    | {
        readonly simulate?: never;
        /** Why the kind has no effect on one machine. `npm start -- --verbose` prints it. */
        readonly noEffect: string;
      }
  );

/** Rows of one service, by Pulumi's type token. */
export type Kinds = Readonly<Record<string, Kind>>;
