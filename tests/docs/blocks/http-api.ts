/** What the blocks of docs/http-api.md take as given. */
export declare const apiUrl: string;
export declare const key: string;
export declare const order: {
  readonly orderId: string;
  readonly customerId: string;
  readonly lines: { sku: string; quantity: number; unitCents: number }[];
};
