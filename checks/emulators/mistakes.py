"""What AWS refuses: each takes the first resource of a kind from the recording, and changes one input.

They show how strict an emulator is: one that takes them all proves nothing about the resources that it takes.
Sources: the API reference of each call.
"""

# What a change answers when the copy is to have the original's physical name; any other copy has a name of its own.
KEEPS_NAME = "keeps its name"

NOWHERE = "arn:aws:sqs:us-east-1:123456789012:nowhere"
NO_FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:nowhere"


def put(key, value):
    return lambda inputs: inputs.__setitem__(key, value)


def within(key, **values):
    return lambda inputs: inputs.__setitem__(key, {**inputs[key], **values})


MISTAKES = [
    ("aws:sqs/queue:Queue", "a visibility timeout beyond 12 hours", put("visibilityTimeoutSeconds", 43_201)),
    ("aws:sqs/queue:Queue", "a retention beyond 14 days", put("messageRetentionSeconds", 1_209_601)),
    (
        "aws:sqs/queue:Queue",
        "dead letters to a queue that is not there",
        put("redrivePolicy", '{"deadLetterTargetArn":"%s","maxReceiveCount":3}' % NOWHERE),
    ),
    ("aws:sqs/queuePolicy:QueuePolicy", "a queue policy that is no JSON", put("policy", "{")),
    ("aws:iam/role:Role", "a trust policy that is no JSON", put("assumeRolePolicy", "{")),
    (
        "aws:iam/rolePolicy:RolePolicy",
        "an effect that is neither Allow nor Deny",
        put("policy", '{"Version":"2012-10-17","Statement":[{"Effect":"May","Action":"sqs:*","Resource":"*"}]}'),
    ),
    (
        "aws:iam/rolePolicy:RolePolicy",
        "a statement without a resource",
        put("policy", '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:SendMessage"}]}'),
    ),
    ("aws:lambda/function:Function", "64 MB of memory", put("memorySize", 64)),
    ("aws:lambda/function:Function", "a timeout beyond 15 minutes", put("timeout", 901)),
    ("aws:lambda/function:Function", "a runtime that does not exist", put("runtime", "nodejs99.x")),
    (
        "aws:lambda/function:Function",
        "a role that is not there",
        put("role", "arn:aws:iam::123456789012:role/nowhere"),
    ),
    ("aws:lambda/eventSourceMapping:EventSourceMapping", "a queue that is not there", put("eventSourceArn", NOWHERE)),
    ("aws:lambda/eventSourceMapping:EventSourceMapping", "a function that is not there", put("functionName", NO_FUNCTION)),
    ("aws:lambda/eventSourceMapping:EventSourceMapping", "batches of 20,000", put("batchSize", 20_000)),
    ("aws:lambda/permission:Permission", "a permission of a function that is not there", put("function", "nowhere")),
    ("aws:cloudwatch/eventRule:EventRule", "a pattern that is no JSON", put("eventPattern", "{")),
    ("aws:cloudwatch/eventRule:EventRule", "a pattern whose value is no list", put("eventPattern", '{"source":"hub"}')),
    ("aws:cloudwatch/eventRule:EventRule", "a bus that is not there", put("eventBusName", "nowhere")),
    ("aws:cloudwatch/eventTarget:EventTarget", "a rule that is not there", put("rule", "nowhere")),
    (
        "aws:cloudwatch/eventTarget:EventTarget",
        "retries for longer than a day",
        within("retryPolicy", maximumEventAgeInSeconds=86_401),
    ),
    (
        "aws:cloudwatch/eventArchive:EventArchive",
        "an archive of a bus that is not there",
        put("eventSourceArn", "arn:aws:events:us-east-1:123456789012:event-bus/nowhere"),
    ),
    ("aws:cloudwatch/logGroup:LogGroup", "a retention of 8 days", put("retentionInDays", 8)),
    ("aws:dynamodb/table:Table", "a key that is no declared attribute", put("hashKey", "nowhere")),
    ("aws:dynamodb/tableItem:TableItem", "an item without its sort key", put("item", '{"pk":{"S":"graph#x"}}')),
    ("aws:dynamodb/tableItem:TableItem", "an item of a table that is not there", put("tableName", "nowhere")),
    ("aws:apigateway/restApi:RestApi", "a body that is no OpenAPI document", put("body", '{"paths":{}}')),
    ("aws:apigateway/deployment:Deployment", "a deployment of an API that is not there", put("restApi", "nowhere123")),
    ("aws:apigateway/stage:Stage", "a stage of a deployment that is not there", put("deployment", "nowhere")),
    (
        "aws:apigateway/usagePlan:UsagePlan",
        "a usage plan of a stage that is not there",
        lambda inputs: inputs.__setitem__("apiStages", [{**inputs["apiStages"][0], "stage": "nowhere"}]),
    ),
    ("aws:apigateway/usagePlanKey:UsagePlanKey", "a key that is not there", put("keyId", "nowhere123")),
    ("aws:secretsmanager/secret:Secret", "a name with a question mark", put("name", "what?")),
    ("aws:secretsmanager/secret:Secret", "a name that is taken", lambda inputs: KEEPS_NAME),
]
