export type { EndpointAnswer } from "./endpoint.ts";
export type { TestFaults } from "./faults.ts";
export {
  type FlowTest,
  type RequestState,
  type TestDeadLetter,
  type TestOptions,
  type TestRequest,
  testFlow,
} from "./test-flow.ts";
export { type StepOutcome, testStep } from "./test-step.ts";
export { answer, type Behaviour, type Behaviours, type OperationCall, type StatusAnswer, thirdParty } from "./third-parties.ts";
