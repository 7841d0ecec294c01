import { createRequire } from "node:module";

/** The used part of @grpc/grpc-js. It must be the SDK's own copy, because the SDK's services are made with it. */
interface Grpc {
  readonly Server: new (
    options: Readonly<Record<string, number>>,
  ) => {
    addService(service: unknown, methods: Readonly<Record<string, unknown>>): void;
    bindAsync(address: string, credentials: unknown, done: (error: Error | null, port: number) => void): void;
  };
  readonly ServerCredentials: { createInsecure(): unknown };
}

const ofPulumi = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi"));

export const grpc = ofPulumi("@grpc/grpc-js") as Grpc;

/** A call with one response. */
export interface Call<Request> {
  readonly request: Request;
}
/** A call with a stream of responses. */
export interface Stream<Request, Response> extends Call<Request> {
  write(response: Response): void;
  end(): void;
  on(event: "cancelled", listener: () => void): void;
}
export type Answer<Response> = (error: Error | null, response?: Response) => void;
