"""Sends the node's metrics to CloudWatch every minute: unhealthy services, and memory and disk usage."""

import shutil
from pathlib import Path

from aws import Aws
from health import health
from plan import Plan

_MEMORY = Path("/proc/meminfo")
# Path whose disk usage is measured. A node has a single volume.
_VOLUME = "/"


def watch(plan: Plan, aws: Aws) -> None:
    """Sends metrics without waiting for the agent's lock, so also while another run is busy or stuck."""
    aws.put_metrics(plan.metrics_namespace, plan.node, measure(plan))


def measure(plan: Plan) -> dict[str, float]:
    disk = shutil.disk_usage(_VOLUME)
    return {
        "ServicesUnhealthy": sum(health(service) != "healthy" for service in plan.services),
        "MemoryUsedPercent": memory_used_percent(_MEMORY.read_text()),
        # Like df: without the space reserved for root.
        "DiskUsedPercent": 100 * disk.used / (disk.used + disk.free),
    }


def memory_used_percent(meminfo: str) -> float:
    """:param meminfo: /proc/meminfo, whose MemAvailable includes memory that the kernel would reclaim"""
    sizes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in meminfo.splitlines())}
    return 100 * (1 - sizes["MemAvailable"] / sizes["MemTotal"])
