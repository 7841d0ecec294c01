/** What the blocks of docs/testing.md take as given. */
export { expect } from "chai";
export { default as supplierStock } from "../../../examples/supplier-stock.ts";
export { default as freightQuote } from "../../../flows/freight-quote.ts";
export { default as fulfilment } from "../../../flows/order-fulfilment.ts";
export { answer, testFlow, testStep } from "../../../testing/index.ts";

export declare const order: Readonly<Record<string, string | number>>;
