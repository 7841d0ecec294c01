// Mapping templates of API Gateway. Velocity has no escapes in its own strings, and `$util.escapeJavaScript` makes `\'` of an
// apostrophe, which JSON forbids; the replacement is AWS's own advice.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
export const escaped = (expression: string) => `$util.escapeJavaScript(${expression}).replaceAll("\\\\'","'")`;

/**
 * What no event can carry: SQS refuses U+FFFE and U+FFFF, and half a surrogate pair is no text (RFC 7493, section 2.1). The bus takes them,
 * and then can't deliver the event to any queue, its dead letters' included.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export const UNFIT = "(?s).*[\\ufffe\\uffff\\p{Cs}].*";
