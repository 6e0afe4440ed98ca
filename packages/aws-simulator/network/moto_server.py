"""Runs moto's server with additions: ElastiCache (moto_elasticache), EC2 quotas and instance filters, and the target
health that the gateway reports.
"""

import json
import os
import re
from fnmatch import fnmatchcase
from hmac import compare_digest
from io import BytesIO
from threading import Lock
from urllib.parse import unquote

import moto_elasticache
from moto.ec2 import utils as ec2
from moto.elbv2.models import FakeHealthStatus, FakeTargetGroup
from moto.server import DomainDispatcherApplication, main
from moto.servicequotas.models import ServiceQuotasBackend
from moto.sts.models import sts_backends


def get_service_quota(self, service_code, quota_code):
    if service_code != "ec2":
        return known_quota(self, service_code, quota_code)
    name, value = EC2_QUOTAS.get(quota_code, ("Running On-Demand instances", EC2_VCPUS))
    return {
        "ServiceCode": service_code,
        "QuotaCode": quota_code,
        "QuotaArn": f"arn:aws:servicequotas:{self.region_name}:{self.account_id}:{service_code}/{quota_code}",
        "QuotaName": name,
        "Value": float(value),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }


def matches(value, patterns):
    """Reports whether a value matches EC2 filter patterns, in which * and ? are wildcards."""
    if not isinstance(value, str):
        return known_match(value, patterns)
    return any(fnmatchcase(value, each) for each in patterns)


def health_for(self, target, ec2_backend):
    """Returns the health that the gateway reports, because moto treats every registered target as healthy."""
    found = known_health(self, target, ec2_backend)
    # Without a gateway there are no health checks.
    if found.status != "healthy" or gateway.target_health is None:
        return found
    healthy = gateway.target_health.get(f"{self.arn} {target['Id']}")
    if healthy:
        return found
    # A target is never checked if no listener uses its group.
    state = ("initial", "Elb.InitialHealthChecking") if healthy is False else ("unused", "Target.NotInUse")
    return FakeHealthStatus(found.instance_id, found.port, found.health_check_port, *state)


def answer_in_turn(self, environ, start_response):
    """Handles one request at a time: moto rewrites whole lists, so its threads would lose each other's changes."""
    if not is_allowed(environ):
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        return [b"InvalidClientTokenId: this account accepts only the access key of its simulator"]
    start_response = without_cors(start_response)
    if environ["PATH_INFO"] == CHANGES:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(changes.count).encode()]
    if environ["PATH_INFO"] == TARGET_HEALTH:
        gateway.target_health = json.loads(read_body(environ))
        start_response("204 No Content", [])
        return []
    # Read the whole body before taking the lock, so that slow clients don't block others.
    body = read_body(environ)
    with turn:
        try:
            return answer(self, environ, start_response)
        finally:
            changes.count += is_change(environ, body)


def is_allowed(environ):
    """
    Reports whether a request may reach the account. Requests through the port that Docker publishes, which every local
    user, container and web page can reach, need the simulator's access key, or one that the account has issued.
    """
    if environ["werkzeug.socket"].getsockname()[0] in INTERNAL:
        return True
    signed = environ.get("HTTP_AUTHORIZATION", "") + " " + unquote(environ.get("QUERY_STRING", ""))
    credential = re.search(r"Credential=([^/\s]+)/", signed)
    if credential is None:
        return False
    return compare_digest(credential[1].encode(), ACCESS_KEY.encode()) or is_issued(credential[1])


def is_issued(access_key):
    """Reports whether a role of the account has this access key for a session."""
    return any(each["aws"].get_assumed_role_from_access_key(access_key) for each in sts_backends.values())


def without_cors(start_response):
    """Removes the headers with which moto lets every web page read the account."""

    def start(status, headers, *rest):
        kept = [each for each in headers if not each[0].lower().startswith("access-control-")]
        return start_response(status, kept, *rest)

    return start


def read_body(environ):
    length = environ.get("CONTENT_LENGTH")
    size = [int(length)] if length else [] if environ.get("wsgi.input_terminated") else [0]
    body = environ["wsgi.input"].read(*size)
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(body), str(len(body))
    return body


def is_change(environ, body):
    """Reports whether a request may have changed what packets, DNS names and identities depend on."""
    scope = re.search(r"/([\w-]+)/aws4_request", environ.get("HTTP_AUTHORIZATION", ""))
    if scope and scope[1] not in FOLLOWED:
        return False
    return not (environ["REQUEST_METHOD"] in ("GET", "HEAD") or re.search(rb"\bAction=(Describe|Get|List)", body))


#: The simulator's access key, and the addresses at which its machines and gateway reach the account.
ACCESS_KEY = os.environ["SIMULATOR_ACCESS_KEY"]
INTERNAL = os.environ["SIMULATOR_ADDRESSES"].split()


class Changes:
    count = 0


class Gateway:
    target_health = None


#: vCPU quota of an established account, in each region.
EC2_VCPUS = 1152
#: Other EC2 quotas by code: name and value. The Elastic IP quota equals the maximum number of nodes in a region.
EC2_QUOTAS = {"L-0263D0A3": ("EC2-VPC Elastic IPs", 16)}
#: Path where the gateway reads the number of changes.
CHANGES = "/livekit/changes"
#: Path where the gateway reports target health, by target group and instance.
TARGET_HEALTH = "/livekit/target-health"
#: Services that the gateway follows, as named in request signatures.
FOLLOWED = ("ec2", "elasticloadbalancing", "iam", "route53")
changes = Changes()
gateway = Gateway()
turn = Lock()
answer = DomainDispatcherApplication.__call__
known_quota = ServiceQuotasBackend.get_service_quota
known_health = FakeTargetGroup.health_for
known_match = ec2.instance_value_in_filter_values

DomainDispatcherApplication.__call__ = answer_in_turn
FakeTargetGroup.health_for = health_for
ec2.filter_dict_attribute_mapping["instance-lifecycle"] = "lifecycle"
ec2.filter_dict_attribute_mapping["tenancy"] = "placement.tenancy"
ec2.instance_value_in_filter_values = matches
ServiceQuotasBackend.get_service_quota = get_service_quota
moto_elasticache.extend()

if __name__ == "__main__":
    main()
