/** Kinds of resources that are not simulated, each with the reason why that changes nothing on one machine. `--verbose` prints them. */
export const INERT: Readonly<Record<string, string>> = {
  "aws:appautoscaling/policy:Policy": "there is nothing to scale: workers start in milliseconds, and stay warm",
  "aws:appautoscaling/target:Target": "there is nothing to scale: workers start in milliseconds, and stay warm",
  "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": "workers stay warm here anyway",
  "aws:apigateway/account:Account": "the access log is a file here, which needs no role",
  "aws:apigateway/deployment:Deployment": "the stage always serves the API as it is now",
  "aws:cloudwatch/dashboard:Dashboard": "nobody looks at CloudWatch",
  "aws:cloudwatch/logGroup:LogGroup": "a function's log is a file in the data folder, kept until it is large",
  "aws:sns/topic:Topic": "nobody is notified on one machine; the status page's /alarms tells how the alarms stand",
  "pulumi:providers:aws": "there is one account and one region",
};
