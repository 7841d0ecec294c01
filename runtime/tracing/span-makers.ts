/** What makes and sends spans: a file of the functions' code of its own, loaded when an invocation has some to send. */
export { answerSpan } from "./answer-span.ts";
export { callSpan } from "./call-span.ts";
export { handlerSpan } from "./handler-span.ts";
export { publishedSpan } from "./published-span.ts";
export { sendSpans } from "./send.ts";
export { waitSpan } from "./wait-span.ts";
