"""What Parliament says of each policy among the recorded resources (JSON on standard input), and of one with a mistake.

Prints one JSON object a line: {"name", "issues"}.
"""

import json
import sys

import parliament

MISTAKE = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:SendMesage","Resource":"arn:aws:sqs:us-east-1:123456789012:q"}]}'


def issues(policy):
    found = [parliament.enhance_finding(finding) for finding in parliament.analyze_policy_string(policy).findings]
    return [f"{finding.severity} {finding.issue} {finding.detail}" for finding in found]


for resource in json.load(sys.stdin):
    # A scaling policy has no statements.
    if resource["custom"] and resource["type"].endswith("Policy") and not resource["type"].startswith("aws:appautoscaling/"):
        print(json.dumps({"name": resource["name"], "issues": issues(resource["inputs"]["policy"])}))
print(json.dumps({"name": "mistake", "issues": issues(MISTAKE)}))
