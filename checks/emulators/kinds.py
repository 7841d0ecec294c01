"""How each kind of resource is made through the AWS API, from the inputs that the Pulumi program registered.

One function a kind: it takes the inputs (`i`), the physical name (`n`) and the clients (`aws`), makes the calls that the AWS provider
makes, and answers with outputs that AWS chose and the recording could only guess (`id`, `arn`, ...).
"""

import io
import json
import zipfile
from pathlib import Path

from botocore.exceptions import ClientError


class Half(Exception):
    """The resource is there, but not as it was asked for; `outputs` lets the others go on."""

    def __init__(self, outputs, reason):
        super().__init__(str(reason))
        self.outputs = outputs


def pick(inputs, *names):
    """Members under the API's names, which start with a capital letter; absent ones stay absent."""
    return {name[0].upper() + name[1:]: inputs[name] for name in names if name in inputs}


def pick_as(inputs, *names):
    """Members under the names that API Gateway's own calls use, which start with a small letter."""
    return {name: inputs[name] for name in names if name in inputs}


def zipped(code):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, asset in sorted(code["assets"].items()):
            archive.writestr(name, asset["text"] if "text" in asset else Path(asset["path"]).read_bytes())
    return buffer.getvalue()


def queue(i, n, aws):
    names = {
        "visibilityTimeoutSeconds": "VisibilityTimeout",
        "messageRetentionSeconds": "MessageRetentionPeriod",
        "sqsManagedSseEnabled": "SqsManagedSseEnabled",
        "redrivePolicy": "RedrivePolicy",
    }
    text = lambda value: value if isinstance(value, str) else json.dumps(value)
    url = aws("sqs").create_queue(QueueName=n, Attributes={names[k]: text(v) for k, v in i.items() if k in names})["QueueUrl"]
    arn = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return {"id": url, "url": url, "arn": arn}


def queue_policy(i, n, aws):
    aws("sqs").set_queue_attributes(QueueUrl=i["queueUrl"], Attributes={"Policy": i["policy"]})


def role(i, n, aws):
    made = aws("iam").create_role(
        RoleName=n, AssumeRolePolicyDocument=i["assumeRolePolicy"], **pick(i, "description", "path")
    )
    return {"arn": made["Role"]["Arn"]}


def role_policy(i, n, aws):
    aws("iam").put_role_policy(RoleName=i["role"], PolicyName=n, PolicyDocument=i["policy"])


def table(i, n, aws):
    schema = lambda one: [
        {"AttributeName": one[key], "KeyType": kind}
        for key, kind in (("hashKey", "HASH"), ("rangeKey", "RANGE"))
        if key in one
    ]
    indexes = [
        {
            "IndexName": g["name"],
            "KeySchema": [{"AttributeName": k["attributeName"], "KeyType": k["keyType"]} for k in g["keySchemas"]],
            "Projection": {"ProjectionType": g["projectionType"], **pick(g, "nonKeyAttributes")},
        }
        for g in i.get("globalSecondaryIndexes", [])
    ]
    made = aws("dynamodb").create_table(
        TableName=n,
        BillingMode=i["billingMode"],
        KeySchema=schema(i),
        AttributeDefinitions=[{"AttributeName": a["name"], "AttributeType": a["type"]} for a in i["attributes"]],
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        SSESpecification={"Enabled": i["serverSideEncryption"]["enabled"]},
        DeletionProtectionEnabled=i["deletionProtectionEnabled"],
    )
    aws("dynamodb").update_time_to_live(TableName=n, TimeToLiveSpecification=pick(i["ttl"], "attributeName", "enabled"))
    aws("dynamodb").update_continuous_backups(
        TableName=n,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": i["pointInTimeRecovery"]["enabled"]},
    )
    return {"arn": made["TableDescription"]["TableArn"]}


def table_item(i, n, aws):
    aws("dynamodb").put_item(TableName=i["tableName"], Item=json.loads(i["item"]))


def event_bus(i, n, aws):
    return {"arn": aws("events").create_event_bus(Name=n, **pick(i, "description"))["EventBusArn"]}


def event_archive(i, n, aws):
    aws("events").create_archive(ArchiveName=n, **pick(i, "eventSourceArn", "description", "retentionDays"))


def event_rule(i, n, aws):
    return {"arn": aws("events").put_rule(Name=n, **pick(i, "eventBusName", "eventPattern", "description"))["RuleArn"]}


def event_target(i, n, aws):
    target = {"Id": n, "Arn": i["arn"]}
    if "retryPolicy" in i:
        target["RetryPolicy"] = pick(i["retryPolicy"], "maximumRetryAttempts", "maximumEventAgeInSeconds")
    if "deadLetterConfig" in i:
        target["DeadLetterConfig"] = pick(i["deadLetterConfig"], "arn")
    answer = aws("events").put_targets(Rule=i["rule"], EventBusName=i["eventBusName"], Targets=[target])
    if answer["FailedEntryCount"]:
        raise RuntimeError(f"PutTargets: {answer['FailedEntries']}")


def log_group(i, n, aws):
    aws("logs").create_log_group(logGroupName=n)
    aws("logs").put_retention_policy(logGroupName=n, retentionInDays=i["retentionInDays"])


def function(i, n, aws):
    made = aws("lambda").create_function(
        FunctionName=n,
        Code={"ZipFile": zipped(i["code"])},
        **pick(i, "role", "runtime", "handler", "description", "timeout", "memorySize", "architectures"),
        Environment={"Variables": i["environment"]["variables"]},
        TracingConfig=pick(i["tracingConfig"], "mode"),
        LoggingConfig=pick(i["loggingConfig"], "logFormat", "applicationLogLevel", "systemLogLevel", "logGroup"),
        Publish=i.get("publish", False),
        **({"VpcConfig": pick(i["vpcConfig"], "subnetIds", "securityGroupIds")} if "vpcConfig" in i else {}),
    )
    arn = made["FunctionArn"]
    return {"arn": arn.removesuffix(f":{made['Version']}"), "version": made["Version"]}


def alias(i, n, aws):
    made = aws("lambda").create_alias(Name=n, **pick(i, "functionName", "functionVersion", "description"))
    return {"id": made["AliasArn"], "arn": made["AliasArn"]}


def provisioned_concurrency(i, n, aws):
    aws("lambda").put_provisioned_concurrency_config(**pick(i, "functionName", "qualifier", "provisionedConcurrentExecutions"))


def scaling_target(i, n, aws):
    own = pick(i, "serviceNamespace", "resourceId", "scalableDimension", "minCapacity", "maxCapacity")
    return {"arn": aws("application-autoscaling").register_scalable_target(**own).get("ScalableTargetARN", "")}


def scaling_policy(i, n, aws):
    tracking = i["targetTrackingScalingPolicyConfiguration"]
    metric = pick(tracking["predefinedMetricSpecification"], "predefinedMetricType")
    made = aws("application-autoscaling").put_scaling_policy(
        PolicyName=n,
        **pick(i, "serviceNamespace", "resourceId", "scalableDimension", "policyType"),
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": tracking["targetValue"],
            "PredefinedMetricSpecification": metric,
        },
    )
    return {"arn": made["PolicyARN"]}


def event_source_mapping(i, n, aws):
    scaling = {"ScalingConfig": pick(i["scalingConfig"], "maximumConcurrency")} if "scalingConfig" in i else {}
    made = aws("lambda").create_event_source_mapping(
        **pick(i, "eventSourceArn", "functionName", "batchSize", "functionResponseTypes"), **scaling
    )
    return {"id": made["UUID"]}


def event_invoke_config(i, n, aws):
    destinations = {}
    if "destinationConfig" in i:
        own = i["destinationConfig"]
        destinations = {key[0].upper() + key[1:]: pick(own[key], "destination") for key in ("onFailure", "onSuccess") if key in own}
    aws("lambda").put_function_event_invoke_config(
        **pick(i, "functionName", "maximumRetryAttempts", "maximumEventAgeInSeconds"), DestinationConfig=destinations
    )


def permission(i, n, aws):
    aws("lambda").add_permission(
        FunctionName=i["function"], StatementId=n, Action=i["action"], **pick(i, "principal", "sourceArn", "qualifier")
    )


def rest_api(i, n, aws):
    made = aws("apigateway").create_rest_api(
        name=n, description=i["description"], endpointConfiguration={"types": [i["endpointConfiguration"]["types"]]}
    )
    try:
        aws("apigateway").put_rest_api(restApiId=made["id"], mode="overwrite", body=with_targets(i["body"]).encode())
    except ClientError as error:
        raise Half({"id": made["id"]}, error) from error
    return {"id": made["id"]}


def with_targets(body):
    """moto 5 fails with 500 at a mock integration without `uri` and `httpMethod`, which a mock on AWS does not need."""
    document = json.loads(body)
    for operations in document["paths"].values():
        for operation in operations.values():
            integration = operation.get("x-amazon-apigateway-integration", {})
            if integration.get("type") == "mock":
                integration.update(uri="", httpMethod="POST")
    return json.dumps(document)


def deployment(i, n, aws):
    return {"id": aws("apigateway").create_deployment(restApiId=i["restApi"])["id"]}


def stage(i, n, aws):
    api = aws("apigateway")
    api.create_stage(
        restApiId=i["restApi"],
        stageName=i["stageName"],
        deploymentId=i["deployment"],
        tracingEnabled=i["xrayTracingEnabled"],
        **pick_as(i, "cacheClusterEnabled", "cacheClusterSize"),
    )
    log = i["accessLogSettings"]
    patch = [
        {"op": "replace", "path": "/accessLogSettings/destinationArn", "value": log["destinationArn"]},
        {"op": "replace", "path": "/accessLogSettings/format", "value": log["format"]},
    ]
    api.update_stage(restApiId=i["restApi"], stageName=i["stageName"], patchOperations=patch)


def method_settings(i, n, aws):
    paths = {
        "metricsEnabled": "metrics/enabled",
        "loggingLevel": "logging/loglevel",
        "throttlingRateLimit": "throttling/rateLimit",
        "throttlingBurstLimit": "throttling/burstLimit",
        "cachingEnabled": "caching/enabled",
        "cacheTtlInSeconds": "caching/ttlInSeconds",
        "cacheDataEncrypted": "caching/dataEncrypted",
        "requireAuthorizationForCacheControl": "caching/requireAuthorizationForCacheControl",
        "unauthorizedCacheControlHeaderStrategy": "caching/unauthorizedCacheControlHeaderStrategy",
    }
    text = lambda value: str(value).lower() if isinstance(value, bool) else str(value)
    # A slash within the path of a resource is written ~1 in a patch.
    path, _, verb = i["methodPath"].rpartition("/")
    method = f"{path.replace('/', '~1')}/{verb}"
    patch = [
        {"op": "replace", "path": f"/{method}/{paths[key]}", "value": text(value)}
        for key, value in i["settings"].items()
    ]
    aws("apigateway").update_stage(restApiId=i["restApi"], stageName=i["stageName"], patchOperations=patch)


def account(i, n, aws):
    patch = [{"op": "replace", "path": "/cloudwatchRoleArn", "value": i["cloudwatchRoleArn"]}]
    aws("apigateway").update_account(patchOperations=patch)


def api_key(i, n, aws):
    return {"id": aws("apigateway").create_api_key(name=n, description=i["description"], enabled=True)["id"]}


def usage_plan(i, n, aws):
    made = aws("apigateway").create_usage_plan(
        name=n,
        description=i["description"],
        apiStages=[{"apiId": one["apiId"], "stage": one["stage"]} for one in i["apiStages"]],
        throttle=i["throttleSettings"],
        **({"quota": i["quotaSettings"]} if "quotaSettings" in i else {}),
    )
    return {"id": made["id"]}


def usage_plan_key(i, n, aws):
    aws("apigateway").create_usage_plan_key(usagePlanId=i["usagePlanId"], keyId=i["keyId"], keyType=i["keyType"])


def topic(i, n, aws):
    tags = [{"Key": key, "Value": value} for key, value in i.get("tags", {}).items()]
    arn = aws("sns").create_topic(Name=n, Tags=tags)["TopicArn"]
    return {"id": arn, "arn": arn}


def topic_policy(i, n, aws):
    aws("sns").set_topic_attributes(TopicArn=i["arn"], AttributeName="Policy", AttributeValue=i["policy"])


def topic_subscription(i, n, aws):
    arn = aws("sns").subscribe(TopicArn=i["topic"], Protocol=i["protocol"], Endpoint=i["endpoint"])["SubscriptionArn"]
    return {"id": arn, "arn": arn}


def dashboard(i, n, aws):
    answer = aws("cloudwatch").put_dashboard(DashboardName=i["dashboardName"], DashboardBody=i["dashboardBody"])
    if answer.get("DashboardValidationMessages"):
        raise RuntimeError(f"PutDashboard: {answer['DashboardValidationMessages']}")


def query_definition(i, n, aws):
    made = aws("logs").put_query_definition(name=i["name"], queryString=i["queryString"])
    return {"id": made["queryDefinitionId"]}


def domain_name(i, n, aws):
    made = aws("apigateway").create_domain_name(
        endpointConfiguration={"types": [i["endpointConfiguration"]["types"]]},
        **{key: i[key] for key in ("domainName", "regionalCertificateArn", "securityPolicy", "endpointAccessMode")},
    )
    return {key: made[key] for key in ("regionalDomainName", "regionalHostedZoneId") if key in made}


def base_path_mapping(i, n, aws):
    aws("apigateway").create_base_path_mapping(domainName=i["domainName"], restApiId=i["restApi"], stage=i["stageName"])


def record_set(i, n, aws):
    [alias] = i["aliases"]
    zone = aws("route53").create_hosted_zone(Name=i["name"], CallerReference=n)["HostedZone"]["Id"]
    target = {"HostedZoneId": alias["zoneId"], "DNSName": alias["name"], "EvaluateTargetHealth": alias["evaluateTargetHealth"]}
    record = {"Name": i["name"], "Type": i["type"], "AliasTarget": target}
    changes = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    aws("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=changes)


def metric_alarm(i, n, aws):
    own = pick(
        i, "alarmDescription", "namespace", "metricName", "statistic", "period", "threshold", "evaluationPeriods",
        "datapointsToAlarm", "comparisonOperator", "treatMissingData", "alarmActions",
    )  # fmt: skip
    if "metricQueries" in i:
        watched = {"Metrics": [metric_query(query) for query in i["metricQueries"]]}
    else:
        watched = {"Dimensions": dimensions(i)}
    aws("cloudwatch").put_metric_alarm(AlarmName=n, OKActions=i.get("okActions", []), **watched, **own)


def dimensions(i):
    return [{"Name": key, "Value": value} for key, value in i.get("dimensions", {}).items()]


def metric_query(i):
    own = pick(i, "id", "expression", "label")
    if "metric" in i:
        metric = pick(i["metric"], "namespace", "metricName") | {"Dimensions": dimensions(i["metric"])}
        own["MetricStat"] = {"Metric": metric, "Period": i["metric"]["period"], "Stat": i["metric"]["stat"]}
    return own | {"ReturnData": i.get("returnData", False)}


def schedule(i, n, aws):
    target = pick(i["target"], "arn", "roleArn", "input")
    if "retryPolicy" in i["target"]:
        target["RetryPolicy"] = pick(i["target"]["retryPolicy"], "maximumRetryAttempts", "maximumEventAgeInSeconds")
    if "deadLetterConfig" in i["target"]:
        target["DeadLetterConfig"] = pick(i["target"]["deadLetterConfig"], "arn")
    if "eventbridgeParameters" in i["target"]:
        target["EventBridgeParameters"] = pick(i["target"]["eventbridgeParameters"], "detailType", "source")
    arn = aws("scheduler").create_schedule(
        Name=n,
        ScheduleExpression=i["scheduleExpression"],
        FlexibleTimeWindow=pick(i["flexibleTimeWindow"], "mode", "maximumWindowInMinutes"),
        Target=target,
        **pick(i, "description", "scheduleExpressionTimezone", "state"),
    )["ScheduleArn"]
    return {"arn": arn}


def waf(value):
    """Pulumi's names -> those of WAF's API, whose members start with capitals; texts stay as they are."""
    if isinstance(value, list):
        return [waf(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {"CloudWatchMetricsEnabled" if k == "cloudwatchMetricsEnabled" else k[0].upper() + k[1:]: waf(v) for k, v in value.items()}


def web_acl(i, n, aws):
    bodies = {one["key"]: waf(pick(one, "contentType", "content")) for one in i["customResponseBodies"]}
    limits = {"API_GATEWAY": waf(one["apiGateway"]) for one in i["associationConfig"]["requestBodies"]}
    made = aws("wafv2").create_web_acl(
        Name=n,
        Scope=i["scope"],
        Description=i["description"],
        DefaultAction=waf(i["defaultAction"]),
        Rules=waf(i["rules"]),
        VisibilityConfig=waf(i["visibilityConfig"]),
        CustomResponseBodies=bodies,
        AssociationConfig={"RequestBody": limits},
    )["Summary"]
    return {"id": made["Id"], "arn": made["ARN"]}


def web_acl_association(i, n, aws):
    aws("wafv2").associate_web_acl(WebACLArn=i["webAclArn"], ResourceArn=i["resourceArn"])


def web_acl_logging(i, n, aws):
    aws("wafv2").put_logging_configuration(
        LoggingConfiguration={
            "ResourceArn": i["resourceArn"],
            "LogDestinationConfigs": i["logDestinationConfigs"],
            "RedactedFields": waf(i["redactedFields"]),
        }
    )


def ec2_tags(kind, i):
    tags = [{"Key": key, "Value": value} for key, value in i.get("tags", {}).items()]
    return [{"ResourceType": kind, "Tags": tags}] if tags else []


def vpc(i, n, aws):
    made = aws("ec2").create_vpc(CidrBlock=i["cidrBlock"], TagSpecifications=ec2_tags("vpc", i))["Vpc"]["VpcId"]
    aws("ec2").modify_vpc_attribute(VpcId=made, EnableDnsHostnames={"Value": i["enableDnsHostnames"]})
    return {"id": made}


def internet_gateway(i, n, aws):
    made = aws("ec2").create_internet_gateway(TagSpecifications=ec2_tags("internet-gateway", i))["InternetGateway"]
    aws("ec2").attach_internet_gateway(InternetGatewayId=made["InternetGatewayId"], VpcId=i["vpcId"])
    return {"id": made["InternetGatewayId"]}


def subnet(i, n, aws):
    # How large its subnets are, awsx alone knows: here each takes the next 256 addresses.
    taken = aws("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [i["vpcId"]]}])["Subnets"]
    made = aws("ec2").create_subnet(
        VpcId=i["vpcId"], CidrBlock=f"10.0.{len(taken)}.0/24", TagSpecifications=ec2_tags("subnet", i)
    )
    return {"id": made["Subnet"]["SubnetId"]}


def route_table(i, n, aws):
    made = aws("ec2").create_route_table(VpcId=i["vpcId"], TagSpecifications=ec2_tags("route-table", i))
    return {"id": made["RouteTable"]["RouteTableId"]}


def route_table_association(i, n, aws):
    made = aws("ec2").associate_route_table(SubnetId=i["subnetId"], RouteTableId=i["routeTableId"])
    return {"id": made["AssociationId"]}


def route(i, n, aws):
    aws("ec2").create_route(
        RouteTableId=i["routeTableId"],
        DestinationCidrBlock=i["destinationCidrBlock"],
        **pick(i, "gatewayId", "natGatewayId"),
    )


def eip(i, n, aws):
    made = aws("ec2").allocate_address(Domain="vpc", TagSpecifications=ec2_tags("elastic-ip", i))
    return {"id": made["AllocationId"], "publicIp": made["PublicIp"]}


def nat_gateway(i, n, aws):
    made = aws("ec2").create_nat_gateway(
        SubnetId=i["subnetId"], AllocationId=i["allocationId"], TagSpecifications=ec2_tags("natgateway", i)
    )
    return {"id": made["NatGateway"]["NatGatewayId"]}


def security_group(i, n, aws):
    made = aws("ec2").create_security_group(GroupName=n, Description=i["description"], VpcId=i["vpcId"])["GroupId"]
    # AWS allows all egress by default, and the provider removes that rule.
    aws("ec2").revoke_security_group_egress(
        GroupId=made, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    )
    rules = [
        {
            "IpProtocol": one["protocol"],
            "FromPort": one["fromPort"],
            "ToPort": one["toPort"],
            "IpRanges": [{"CidrIp": cidr, "Description": one["description"]} for cidr in one["cidrBlocks"]],
        }
        for one in i["egress"]
    ]
    aws("ec2").authorize_security_group_egress(GroupId=made, IpPermissions=rules)
    return {"id": made}


def vpc_endpoint(i, n, aws):
    made = aws("ec2").create_vpc_endpoint(**pick(i, "vpcId", "vpcEndpointType", "serviceName", "routeTableIds"))
    return {"id": made["VpcEndpoint"]["VpcEndpointId"]}


def secret(i, n, aws):
    return {"arn": aws("secretsmanager").create_secret(Name=n, **pick(i, "description"))["ARN"]}


def secret_version(i, n, aws):
    aws("secretsmanager").put_secret_value(SecretId=i["secretId"], SecretString=i["secretString"])


KINDS = {
    "aws:apigateway/account:Account": account,
    "aws:apigateway/apiKey:ApiKey": api_key,
    "aws:apigateway/deployment:Deployment": deployment,
    "aws:apigateway/methodSettings:MethodSettings": method_settings,
    "aws:apigateway/restApi:RestApi": rest_api,
    "aws:apigateway/stage:Stage": stage,
    "aws:apigateway/usagePlan:UsagePlan": usage_plan,
    "aws:apigateway/usagePlanKey:UsagePlanKey": usage_plan_key,
    "aws:appautoscaling/policy:Policy": scaling_policy,
    "aws:appautoscaling/target:Target": scaling_target,
    "aws:cloudwatch/eventArchive:EventArchive": event_archive,
    "aws:cloudwatch/eventBus:EventBus": event_bus,
    "aws:cloudwatch/eventRule:EventRule": event_rule,
    "aws:cloudwatch/eventTarget:EventTarget": event_target,
    "aws:cloudwatch/logGroup:LogGroup": log_group,
    "aws:dynamodb/table:Table": table,
    "aws:dynamodb/tableItem:TableItem": table_item,
    "aws:iam/role:Role": role,
    "aws:iam/rolePolicy:RolePolicy": role_policy,
    "aws:lambda/eventSourceMapping:EventSourceMapping": event_source_mapping,
    "aws:lambda/function:Function": function,
    "aws:lambda/alias:Alias": alias,
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": event_invoke_config,
    "aws:lambda/permission:Permission": permission,
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": provisioned_concurrency,
    "aws:secretsmanager/secret:Secret": secret,
    "aws:secretsmanager/secretVersion:SecretVersion": secret_version,
    "aws:sqs/queue:Queue": queue,
    "aws:sns/topic:Topic": topic,
    "aws:cloudwatch/metricAlarm:MetricAlarm": metric_alarm,
    "aws:scheduler/schedule:Schedule": schedule,
    "aws:sqs/queuePolicy:QueuePolicy": queue_policy,
    "aws:sns/topicPolicy:TopicPolicy": topic_policy,
    "aws:sns/topicSubscription:TopicSubscription": topic_subscription,
    "aws:cloudwatch/dashboard:Dashboard": dashboard,
    "aws:cloudwatch/queryDefinition:QueryDefinition": query_definition,
    "aws:apigateway/domainName:DomainName": domain_name,
    "aws:apigateway/basePathMapping:BasePathMapping": base_path_mapping,
    "aws:route53/record:Record": record_set,
    "aws:ec2/eip:Eip": eip,
    "aws:ec2/internetGateway:InternetGateway": internet_gateway,
    "aws:ec2/natGateway:NatGateway": nat_gateway,
    "aws:ec2/route:Route": route,
    "aws:ec2/routeTable:RouteTable": route_table,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": route_table_association,
    "aws:ec2/securityGroup:SecurityGroup": security_group,
    "aws:ec2/subnet:Subnet": subnet,
    "aws:ec2/vpc:Vpc": vpc,
    "aws:ec2/vpcEndpoint:VpcEndpoint": vpc_endpoint,
    "aws:wafv2/webAcl:WebAcl": web_acl,
    "aws:wafv2/webAclAssociation:WebAclAssociation": web_acl_association,
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": web_acl_logging,
}
