"""Creates the recorded resources in the emulator at a URL, then a few that AWS would refuse, and reports refusals.

Usage: create.py URL RECORDING.json. Prints one JSON object a line: {"part": "ours", "name", "type", "error"?} for each recorded
resource, and {"part": "mistake", "service", "what", "refused"} for each mistake.
"""

import copy
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from kinds import KINDS, Half
from mistakes import KEEPS_NAME, MISTAKES


def clients(url, region, account):
    made = {}
    config = Config(retries={"max_attempts": 0}, connect_timeout=5, read_timeout=60)

    def client(service):
        if service not in made:
            made[service] = boto3.client(
                service,
                endpoint_url=url,
                region_name=region,
                # Both emulators take an access key of twelve digits for the account.
                aws_access_key_id=account,
                aws_secret_access_key="none",
                config=config,
            )
        return made[service]

    return client


def marks(resource):
    """What the inputs of others hold when they need it."""
    outputs = resource["outputs"]
    found = {outputs.get(key) for key in ("id", "arn", "url", "name")}
    stage = outputs.get("stageName") if resource["type"].endswith(":Stage") else None
    short = {f'"stageName": "{stage}"', f'"stage": "{stage}"'} if stage else set()
    return short | {mark for mark in found if isinstance(mark, str) and len(mark) > 4}


def ordered(resources):
    """Each after those that its inputs name. Those at odds keep the program's order."""
    left, done = list(resources), []
    texts = {r["urn"]: json.dumps(r["inputs"]) for r in left}
    known = {r["urn"]: marks(r) for r in left}
    while left:
        waits = lambda r: any(o is not r and any(m in texts[r["urn"]] for m in known[o["urn"]]) for o in left)
        batch = [r for r in left if not waits(r)] or left[:1]
        done += batch
        left = [r for r in left if r not in batch]
    return done


class Account:
    """An emulated account, and what it calls the things that the recording could only guess names of."""

    def __init__(self, aws):
        self.aws = aws
        self.renamed = {}

    def real(self, value):
        text = json.dumps(value)
        # The longest first: an id may be part of an ARN.
        for old in sorted(self.renamed, key=len, reverse=True):
            text = text.replace(old, self.renamed[old])
        return json.loads(text)

    def make(self, resource):
        made, half = self.call(resource, "")
        pairs = ((resource["outputs"].get(key), value) for key, value in made.items())
        self.renamed.update({old: new for old, new in pairs if isinstance(old, str) and old != new})
        if half:
            raise half

    def call(self, resource, suffix):
        """Answers with what AWS chose, and with why it is not all that was asked for."""
        outputs = resource["outputs"]
        names = (resource["inputs"].get("name"), outputs.get("name"), outputs.get("stageName"))
        name = next((name for name in names if isinstance(name, str)), resource["name"])
        try:
            return KINDS[resource["type"]](self.real(resource["inputs"]), name + suffix, self.aws) or {}, None
        except Half as error:
            return error.outputs, error


REFUSALS = (BotoCoreError, ClientError, RuntimeError, Half)


def main(url, recording):
    resources = [r for r in recording["resources"] if r["custom"]]
    account = Account(clients(url, recording["region"], recording["accountId"]))
    for resource in ordered(resources):
        result = {"part": "ours", "name": resource["name"], "type": resource["type"]}
        if resource["type"] not in KINDS:
            yield {**result, "error": f"{resource['type']} has no entry in checks/emulators/kinds.py. Write one."}
            continue
        try:
            account.make(resource)
            yield result
        except REFUSALS as error:
            yield {**result, "error": str(error)}
    for number, (kind, what, change) in enumerate(MISTAKES):
        original = next(r for r in resources if r["type"] == kind)
        wrong = copy.deepcopy(original)
        suffix = "" if change(wrong["inputs"]) == KEEPS_NAME else f"-{number}"
        result = {"part": "mistake", "service": kind.split("/")[0].removeprefix("aws:"), "what": what}
        try:
            _, half = account.call(wrong, suffix)
            yield {**result, "refused": half is not None}
        except REFUSALS as error:
            yield {**result, "refused": True, "error": str(error)}


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8") as file:
        recorded = json.load(file)
    for line in main(sys.argv[1], recorded):
        print(json.dumps(line), flush=True)
