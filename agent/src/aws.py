"""Clients for the AWS services that a node uses, with its role's credentials."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

AwsError = (BotoCoreError, ClientError)

_OPTIONS: dict[str, Any] = {
    "connect_timeout": 5,
    "read_timeout": 30,
    "retries": {"mode": "standard", "max_attempts": 5},
}
# boto3's clients have no static types, because one function creates each service's client by name at run time.
_new_client: Any = boto3.client


@dataclass(frozen=True)
class SecretValue:
    text: str
    version: str


class Aws:
    def __init__(self, region: str, home: str) -> None:
        """:param home: the region of the stack's bucket and secrets"""
        self._region, self._home = region, home

    def secret(self, name: str, version: str | None = None) -> SecretValue | None:
        """Returns a secret's value in a version, by default the newest; None if it has none yet."""
        wanted = {"SecretId": name} | ({"VersionId": version} if version else {})
        try:
            answer = self._client("secretsmanager", self._home).get_secret_value(**wanted)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return None
            raise
        return SecretValue(answer["SecretString"], answer["VersionId"])

    def put_secret(self, name: str, text: str) -> None:
        self._client("secretsmanager", self._home).put_secret_value(SecretId=name, SecretString=text)

    def put_object(self, bucket: str, key: str, text: str) -> None:
        # An emulator of AWS serves buckets by path, AWS itself by host name.
        style = "path" if os.environ.get("AWS_ENDPOINT_URL") else "auto"
        options = Config(**{**_OPTIONS, "s3": {"addressing_style": style}})
        _new_client("s3", region_name=self._home, config=options).put_object(Bucket=bucket, Key=key, Body=text.encode())

    def put_metrics(self, namespace: str, node: str, values: Mapping[str, float]) -> None:
        dimensions = [{"Name": "Node", "Value": node}]
        data = [{"MetricName": name, "Dimensions": dimensions, "Value": value} for name, value in values.items()]
        self._client("cloudwatch", self._region).put_metric_data(Namespace=namespace, MetricData=data)

    def _client(self, service: str, region: str) -> Any:
        return _new_client(service, region_name=region, config=Config(**_OPTIONS))
