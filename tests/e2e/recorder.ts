import { type Recorder, type RecordOptions, startRecorder } from "../../local/record/record.ts";
import type { Recording } from "../../local/recording.ts";

let recorder: Recorder | undefined;

/**
 * Records a program as `record` of local/record does, by one process for all recordings of this process: a later one takes a quarter of the
 * CPU. tests/local/record shows that it records the same.
 */
export function record(options: RecordOptions): Promise<Recording> {
  recorder ??= startRecorder();
  return recorder.record(options);
}
