/**
 * TLS 1.2 with forward secrecy, or newer; API Gateway's own default for a regional API is TLS 1.0. STRICT refuses requests whose host
 * is another than the one that TLS was spoken with.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html
 */
export const TLS = { securityPolicy: "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09", endpointAccessMode: "STRICT" };
