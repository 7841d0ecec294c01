import * as z from "zod";
import {
  adyen,
  amazonSns,
  dropbox,
  event,
  flow,
  github,
  hmac,
  hubSpot,
  mailgun,
  mercadoPago,
  meta,
  microsoftGraph,
  payPal,
  sharedSecret,
  shopify,
  slack,
  standardWebhooks,
  step,
  trello,
  twilio,
  twitch,
  webhook,
  zoom,
} from "../../../../model/index.ts";

const Told = event("Told", z.looseObject({}), { summary: "A third party sent something." });

export default flow("hooks", {
  summary: "Takes webhooks of each kind.",
  owner: "tests",
  triggers: {
    github: webhook("POST /hooks/github", { emits: Told, verify: github({ secret: "github" }) }),
    shopify: webhook("POST /hooks/shopify", { emits: Told, verify: shopify({ secret: "shopify" }) }),
    slack: webhook("POST /hooks/slack", { emits: Told, verify: slack({ secret: "slack" }) }),
    commands: webhook("POST /hooks/commands", { emits: Told, verify: slack({ secret: "slack", body: "form" }) }),
    standard: webhook("POST /hooks/standard", { emits: Told, verify: standardWebhooks({ secret: "standard" }) }),
    twilio: webhook("POST /hooks/twilio", { emits: Told, verify: twilio({ secret: "twilio" }) }),
    status: webhook("POST /hooks/status", { emits: Told, verify: twilio({ secret: "twilio", body: "json" }) }),
    mercadoPago: webhook("POST /hooks/mp", { emits: Told, verify: mercadoPago({ secret: "mp" }) }),
    meta: webhook("POST /hooks/meta", { emits: Told, verify: meta({ secret: "meta" }) }),
    parcels: webhook("POST /hooks/parcels", {
      emits: Told,
      verify: hmac({ secret: "parcels", header: "x-mac", timestampHeader: "x-time", deliveryId: ["header:x-id"] }),
    }),
    zoom: webhook("POST /hooks/zoom", { emits: Told, verify: zoom({ secret: "zoom" }) }),
    voice: webhook("POST /hooks/voice", {
      mode: "sync",
      emits: Told,
      verify: twilio({ secret: "twilio" }),
      handler: ({ From }) => {
        if (From === "broken") throw new Error("no answer");
        return { body: `<Response><Say>Hello ${String(From)}</Say></Response>` };
      },
    }),
    twitch: webhook("POST /hooks/twitch", { emits: Told, verify: twitch({ secret: "twitch" }) }),
    dropbox: webhook("POST /hooks/dropbox", { emits: Told, verify: dropbox({ secret: "dropbox" }) }),
    trello: webhook("POST /hooks/trello", { emits: Told, verify: trello({ secret: "trello" }) }),
    hubspot: webhook("POST /hooks/hubspot", { emits: Told, batch: true, verify: hubSpot({ secret: "hubspot" }) }),
    sns: webhook("POST /hooks/sns", { emits: Told, verify: amazonSns({ secret: "sns/topic" }) }),
    paypal: webhook("POST /hooks/paypal", { emits: Told, verify: payPal({ secret: "paypal/webhook" }) }),
    graph: webhook("POST /hooks/graph", { emits: Told, batch: "body:value", verify: microsoftGraph({ secret: "graph" }) }),
    mailgun: webhook("POST /hooks/mailgun", { emits: Told, verify: mailgun({ secret: "mailgun" }) }),
    adyen: webhook("POST /hooks/adyen", {
      emits: Told,
      batch: "body:notificationItems",
      verify: adyen({ secret: "adyen" }),
    }),
    gitlab: webhook("POST /hooks/gitlab", { emits: Told, verify: sharedSecret({ secret: "gitlab", header: "x-gitlab-token" }) }),
  },
  steps: { note: step({ on: Told, emits: [], handler: () => [] }) },
});
