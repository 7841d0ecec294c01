// From Twilio - Api 1.0.0 (twilio.json), by npm run hub -- adapter from-openapi
// the format "phone-number" is not checked: CreateMessage.To, CreateMessage.From, ApiV2010AccountMessage.from.
// the format "date-time-rfc-2822" is not checked: ApiV2010AccountMessage.date_updated, ApiV2010AccountMessage.date_sent, ApiV2010AccountMessage.date_created.
// the format "currency" is not checked: ApiV2010AccountMessage.price_unit.
import * as z from "zod";
import { adapter, basic, call, form } from "../../../../model/index.ts";

const MessageEnumContentRetention = z.enum(["retain", "discard"]);

const MessageEnumAddressRetention = z.enum(["retain", "obfuscate"]);

const MessageEnumTrafficType = z.literal("free");

const MessageEnumScheduleType = z.literal("fixed");

const MessageEnumRiskCheck = z.enum(["enable", "disable"]);

const MessageEnumDirection = z.enum(["inbound", "outbound-api", "outbound-call", "outbound-reply"]);

const MessageEnumStatus = z.enum([
  "queued",
  "sending",
  "sent",
  "failed",
  "delivered",
  "undelivered",
  "receiving",
  "received",
  "accepted",
  "scheduled",
  "read",
  "partially_delivered",
  "canceled",
]);

const ApiV2010AccountMessage = z.object({
  body: z.string().nullable().optional(),
  num_segments: z.string().nullable().optional(),
  direction: MessageEnumDirection.optional(),
  from: z.string().nullable().optional(),
  to: z.string().nullable().optional(),
  date_updated: z.string().nullable().optional(),
  price: z.string().nullable().optional(),
  error_message: z.string().nullable().optional(),
  uri: z.string().nullable().optional(),
  account_sid: z
    .string()
    .min(34)
    .max(34)
    .regex(/^AC[0-9a-fA-F]{32}$/)
    .nullable()
    .optional(),
  num_media: z.string().nullable().optional(),
  status: MessageEnumStatus.optional(),
  messaging_service_sid: z
    .string()
    .min(34)
    .max(34)
    .regex(/^MG[0-9a-fA-F]{32}$/)
    .nullable()
    .optional(),
  sid: z
    .string()
    .min(34)
    .max(34)
    .regex(/^(SM|MM)[0-9a-fA-F]{32}$/)
    .nullable()
    .optional(),
  date_sent: z.string().nullable().optional(),
  date_created: z.string().nullable().optional(),
  error_code: z.int().nullable().optional(),
  price_unit: z.string().nullable().optional(),
  api_version: z.string().nullable().optional(),
  subresource_uris: z.record(z.string(), z.unknown()).nullable().optional(),
});

export const twilio = adapter("twilio", {
  summary: "Twilio - Api",
  baseUrl: "https://api.twilio.com",
  auth: basic({ secret: "twilio/api" }),
  timeout: "10 seconds",
  operations: {
    /**
     * Send a message
     * `AccountSid`
     * The body may be left out; the adapter always sends one.
     */
    createMessage: call("POST /2010-04-01/Accounts/:AccountSid/Messages.json", {
      body: form(
        z.object({
          To: z.string(),
          StatusCallback: z.url().optional(),
          ApplicationSid: z
            .string()
            .min(34)
            .max(34)
            .regex(/^AP[0-9a-fA-F]{32}$/)
            .optional(),
          MaxPrice: z.number().optional(),
          ProvideFeedback: z.boolean().optional(),
          Attempt: z.int().optional(),
          ValidityPeriod: z.int().optional(),
          ForceDelivery: z.boolean().optional(),
          ContentRetention: MessageEnumContentRetention.optional(),
          AddressRetention: MessageEnumAddressRetention.optional(),
          SmartEncoded: z.boolean().optional(),
          PersistentAction: z.array(z.string()).optional(),
          TrafficType: MessageEnumTrafficType.optional(),
          ShortenUrls: z.boolean().optional(),
          ScheduleType: MessageEnumScheduleType.optional(),
          SendAt: z.iso.datetime({ offset: true }).optional(),
          SendAsMms: z.boolean().optional(),
          ContentVariables: z.string().optional(),
          RiskCheck: MessageEnumRiskCheck.optional(),
          From: z.string().optional(),
          MessagingServiceSid: z
            .string()
            .min(34)
            .max(34)
            .regex(/^MG[0-9a-fA-F]{32}$/)
            .optional(),
          Body: z.string().optional(),
          MediaUrl: z.array(z.url()).optional(),
          ContentSid: z
            .string()
            .min(34)
            .max(34)
            .regex(/^HX[0-9a-fA-F]{32}$/)
            .optional(),
        }),
        { lists: "repeat" },
      ),
      returns: ApiV2010AccountMessage,
    }),
    /**
     * Fetch a specific Message
     * `AccountSid`
     * `Sid`
     */
    fetchMessage: call("GET /2010-04-01/Accounts/:AccountSid/Messages/:Sid.json", {
      returns: ApiV2010AccountMessage,
    }),
  },
});
