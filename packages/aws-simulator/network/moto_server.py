"""Runs moto's server with additions: ElastiCache parameter groups, group members, stored changes and deletion; EC2
quotas and instance filters; and the target health that the gateway reports. moto serializes the responses with
botocore's models.
"""

import json
import re
from fnmatch import fnmatchcase
from io import BytesIO
from threading import Lock

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2 import utils as ec2
from moto.elasticache import exceptions
from moto.elasticache.models import CacheSubnetGroup, ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse
from moto.elbv2.models import FakeHealthStatus, FakeTargetGroup
from moto.server import DomainDispatcherApplication, main
from moto.servicequotas.models import ServiceQuotasBackend

#: Replication group attributes that a change stores, by API name.
CHANGEABLE = {
    "CacheParameterGroupName": "cache_parameter_group_name",
    "EngineVersion": "engine_version",
    "NotificationTopicArn": "notification_topic_arn",
    "SecurityGroupIds": "security_group_ids",
    "TransitEncryptionMode": "transit_encryption_mode",
}


def refuse(code, message):
    error = exceptions.ElastiCacheException(message)
    error.code = code
    raise error


def begin(self, *args, **named):
    start(self, *args, **named)
    self.parameter_groups = {}
    self.arn_regex = re.compile(self.arn_regex.pattern.replace("subnetgroup", "subnetgroup|parametergroup"))


def parameter_group(self):
    name = self._get_param("CacheParameterGroupName")
    found = self.elasticache_backend.parameter_groups.get(name)
    return found or refuse("CacheParameterGroupNotFound", f"CacheParameterGroup {name} not found.")


def summary(group):
    return {key: value for key, value in group.items() if key != "Parameters"}


def create_cache_parameter_group(self):
    backend = self.elasticache_backend
    name = self._get_param("CacheParameterGroupName")
    if name in backend.parameter_groups:
        refuse("CacheParameterGroupAlreadyExists", f"CacheParameterGroup {name} already exists.")
    arn = f"arn:aws:elasticache:{backend.region_name}:{backend.account_id}:parametergroup:{name}"
    group = {
        "CacheParameterGroupName": name,
        "CacheParameterGroupFamily": self._get_param("CacheParameterGroupFamily"),
        "Description": self._get_param("Description"),
        "IsGlobal": False,
        "ARN": arn,
        "Parameters": {},
    }
    backend.parameter_groups[name] = group
    backend.tagging_service.tag_resource(arn, self._get_param("Tags", []))
    return ActionResult({"CacheParameterGroup": summary(group)})


def describe_cache_parameter_groups(self):
    if self._get_param("CacheParameterGroupName"):
        return ActionResult({"CacheParameterGroups": [summary(parameter_group(self))]})
    groups = self.elasticache_backend.parameter_groups.values()
    return ActionResult({"CacheParameterGroups": [summary(group) for group in groups]})


def describe_cache_parameters(self):
    parameters = parameter_group(self)["Parameters"].items()
    return ActionResult(
        {"Parameters": [{"ParameterName": key, "ParameterValue": value, "Source": "user"} for key, value in parameters]}
    )


def modify_cache_parameter_group(self):
    group = parameter_group(self)
    for each in self._get_param("ParameterNameValues", []):
        group["Parameters"][each["ParameterName"]] = each["ParameterValue"]
    return ActionResult({"CacheParameterGroupName": group["CacheParameterGroupName"]})


def reset_cache_parameter_group(self):
    group = parameter_group(self)
    for each in self._get_param("ParameterNameValues", []):
        group["Parameters"].pop(each["ParameterName"], None)
    return ActionResult({"CacheParameterGroupName": group["CacheParameterGroupName"]})


def delete_cache_parameter_group(self):
    backend, name = self.elasticache_backend, parameter_group(self)["CacheParameterGroupName"]
    if any(each.cache_parameter_group_name == name for each in backend.replication_groups.values()):
        refuse("InvalidCacheParameterGroupState", f"CacheParameterGroup {name} is in use.")
    del backend.parameter_groups[name]
    return EmptyResult()


def modify_cache_subnet_group(self):
    backend = self.elasticache_backend
    (old,) = backend.describe_cache_subnet_groups(self._get_param("CacheSubnetGroupName"))
    new = CacheSubnetGroup(
        account_id=backend.account_id,
        region_name=backend.region_name,
        cache_subnet_group_name=old.cache_subnet_group_name,
        cache_subnet_group_description=self._get_param("CacheSubnetGroupDescription")
        or old.cache_subnet_group_description,
        subnet_ids=self._get_param("SubnetIds") or old.subnet_ids,
        tags=old.tags,
    )
    backend.cache_subnet_groups[new.cache_subnet_group_name] = new
    return ActionResult({"CacheSubnetGroup": new})


def delete_cache_subnet_group(self):
    backend = self.elasticache_backend
    name = self._get_param("CacheSubnetGroupName")
    backend.describe_cache_subnet_groups(name)
    if any(each.cache_subnet_group_name == name for each in backend.replication_groups.values()):
        refuse("CacheSubnetGroupInUse", f"Cache subnet group {name} is currently in use by a cache cluster.")
    del backend.cache_subnet_groups[name]
    return EmptyResult()


def describe_members(self):
    """Returns members of replication groups, whose details AWS includes only here, not in the group's description."""
    name = self._get_param("CacheClusterId")
    for group in self.elasticache_backend.replication_groups.values():
        if name in group.member_clusters:
            return ActionResult({"CacheClusters": [member(name, group)]})
    return others(self)


def member(name, group):
    return {
        "CacheClusterId": name,
        "CacheClusterStatus": "available",
        "ReplicationGroupId": group.replication_group_id,
        "Engine": group.engine,
        "EngineVersion": group.engine_version,
        "CacheNodeType": group.cache_node_type,
        "CacheSubnetGroupName": group.cache_subnet_group_name,
        "NotificationConfiguration": {"TopicArn": group.notification_topic_arn, "TopicStatus": "active"},
        "CacheParameterGroup": {"CacheParameterGroupName": group.cache_parameter_group_name},
        "SecurityGroups": [{"SecurityGroupId": each, "Status": "active"} for each in group.security_group_ids or []],
    }


def modify_replication_group(self):
    result = modify(self)
    (group,) = self.elasticache_backend.describe_replication_groups(self._get_param("ReplicationGroupId"))
    for name, attribute in CHANGEABLE.items():
        if self._get_param(name) is not None:
            setattr(group, attribute, self._get_param(name))
    group.auth_token_enabled = group.auth_token_enabled or bool(self._get_param("AuthToken"))
    return result


def begin_replication_group(self, **wanted):
    # moto counts only replicas.
    if wanted["num_cache_clusters"]:
        wanted["replicas_per_node_group"] = wanted["num_cache_clusters"] - 1
    return create(self, **wanted)


def end_replication_group(self, replication_group_id, retain_primary_cluster):
    group = end(self, replication_group_id, retain_primary_cluster)
    del self.replication_groups[replication_group_id]
    return group


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
start = ElastiCacheBackend.__init__
others = ElastiCacheResponse.describe_cache_clusters
create = ElastiCacheBackend.create_replication_group
modify = ElastiCacheResponse.modify_replication_group
end = ElastiCacheBackend.delete_replication_group

DomainDispatcherApplication.__call__ = answer_in_turn
ElastiCacheBackend.__init__ = begin
FakeTargetGroup.health_for = health_for
ec2.filter_dict_attribute_mapping["instance-lifecycle"] = "lifecycle"
ec2.filter_dict_attribute_mapping["tenancy"] = "placement.tenancy"
ec2.instance_value_in_filter_values = matches
ServiceQuotasBackend.get_service_quota = get_service_quota
ElastiCacheBackend.create_replication_group = begin_replication_group
ElastiCacheBackend.delete_replication_group = end_replication_group
ElastiCacheResponse.describe_cache_clusters = describe_members
for added in (
    create_cache_parameter_group,
    describe_cache_parameter_groups,
    describe_cache_parameters,
    modify_cache_parameter_group,
    reset_cache_parameter_group,
    delete_cache_parameter_group,
    modify_cache_subnet_group,
    delete_cache_subnet_group,
    modify_replication_group,
):
    setattr(ElastiCacheResponse, added.__name__, added)

if __name__ == "__main__":
    main()
