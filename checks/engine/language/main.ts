// `pulumi-language-nodejs` when Pulumi's is not installed. The engine starts it and reads the port from its output.
import service from "@pulumi/pulumi/proto/language_grpc_pb.js";
import { grpc } from "./grpc.ts";
import { languageHost } from "./language-host.ts";

const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
server.addService(service.LanguageRuntimeService, languageHost(process.argv[2] ?? ""));
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(port);
});
