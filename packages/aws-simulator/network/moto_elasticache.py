"""Adds to moto's ElastiCache: parameter groups, group members, stored changes and deletion. moto serializes the
responses with botocore's models.
"""

import re

from moto.core.responses import ActionResult, EmptyResult
from moto.elasticache import exceptions
from moto.elasticache.models import CacheSubnetGroup, ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse

#: Replication group attributes that a change stores, by API name.
CHANGEABLE = {
    "CacheParameterGroupName": "cache_parameter_group_name",
    "EngineVersion": "engine_version",
    "NotificationTopicArn": "notification_topic_arn",
    "SecurityGroupIds": "security_group_ids",
    "TransitEncryptionMode": "transit_encryption_mode",
}


def reject(code, message):
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
    return found or reject("CacheParameterGroupNotFound", f"CacheParameterGroup {name} not found.")


def summary(group):
    return {key: value for key, value in group.items() if key != "Parameters"}


def create_cache_parameter_group(self):
    backend = self.elasticache_backend
    name = self._get_param("CacheParameterGroupName")
    if name in backend.parameter_groups:
        reject("CacheParameterGroupAlreadyExists", f"CacheParameterGroup {name} already exists.")
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
        reject("InvalidCacheParameterGroupState", f"CacheParameterGroup {name} is in use.")
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
        reject("CacheSubnetGroupInUse", f"Cache subnet group {name} is currently in use by a cache cluster.")
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


start = ElastiCacheBackend.__init__
others = ElastiCacheResponse.describe_cache_clusters
create = ElastiCacheBackend.create_replication_group
modify = ElastiCacheResponse.modify_replication_group
end = ElastiCacheBackend.delete_replication_group


def extend():
    """Adds the functions above to moto's classes."""
    ElastiCacheBackend.__init__ = begin
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
