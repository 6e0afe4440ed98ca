"""plan.json: what the agent needs beside the files."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from rules import Rules, read_rules

Kind = Literal["livekit", "coturn", "redis", "nginx", "node-exporter"]
Policy = Literal["drain", "restart"]
# What a working node is doing, for programs that read its reports.
Phase = Literal["draining"]


class Say(Protocol):
    """Reports progress to the waiting client."""

    def __call__(self, text: str, phase: Phase | None = None, /) -> None: ...


@dataclass(frozen=True)
class Service:
    # Name within the stack, and of the folder with its files.
    name: str
    kind: Kind
    image: str
    container: str
    # Digest of the service's entry in compose.yaml.
    digest: str


@dataclass(frozen=True)
class Certificate:
    names: tuple[str, ...]
    email: str
    directory_url: str


@dataclass(frozen=True)
class Change:
    policy: Policy
    drain_timeout_seconds: int


@dataclass(frozen=True)
class Turn:
    realm: str
    volume: str
    # The database's name within the volume.
    file: str


@dataclass(frozen=True)
class Ports:
    api: int
    https: int
    turn_tls: int
    redis: int


@dataclass(frozen=True)
class Plan:
    node: str
    region: str
    # Region of the bucket and the secrets.
    home: str
    bucket: str
    keys_secret: str
    certificate_secret: str
    # Whether this is the node that requests certificates.
    issuer: bool
    certificate: Certificate
    change: Change
    packages: tuple[str, ...]
    # In start order.
    services: tuple[Service, ...]
    turn: Turn
    ports: Ports
    metrics_namespace: str
    rules: Rules

    def of_kind(self, kind: Kind) -> list[Service]:
        return [service for service in self.services if service.kind == kind]


def read_plan(folder: Path, rules: Rules | None = None) -> Plan:
    """
    Reads a bundle's plan.

    :param rules: the running agent's rules, for the plan of another bundle: an older one has none. Default: the plan's
    """
    raw = json.loads((folder / "plan.json").read_text())
    certificate, change, ports = raw["certificate"], raw["change"], raw["ports"]
    return Plan(
        node=raw["node"],
        region=raw["region"],
        home=raw["home"],
        bucket=raw["bucket"],
        keys_secret=raw["secrets"]["keys"],
        certificate_secret=raw["secrets"]["certificate"],
        issuer=raw["issuer"],
        certificate=Certificate(tuple(certificate["names"]), certificate["email"], certificate["directoryUrl"]),
        change=Change(change["policy"], change["drainTimeoutSeconds"]),
        packages=tuple(raw["packages"]),
        services=tuple(Service(**service) for service in raw["services"]),
        turn=Turn(**raw["turn"]),
        ports=Ports(ports["api"], ports["https"], ports["turnTls"], ports["redis"]),
        metrics_namespace=raw["metrics"]["namespace"],
        rules=rules or read_rules(raw["rules"]),
    )
