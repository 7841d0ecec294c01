export type { Behaviour } from "../local/sandbox/play-call.ts";
export { answer, type OperationCall, type StatusAnswer } from "../model/index.ts";
export type { EndpointAnswer } from "./endpoint.ts";
export type { TestFaults } from "./faults.ts";
export {
  type FlowTest,
  type RequestState,
  type TestDeadLetter,
  type TestIds,
  type TestOptions,
  type TestPoll,
  type TestRequest,
  testFlow,
} from "./test-flow.ts";
export { type StepOutcome, testStep } from "./test-step.ts";
export { type Behaviours, thirdParty } from "./third-parties.ts";
