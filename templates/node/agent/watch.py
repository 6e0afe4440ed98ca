"""What CloudWatch is told of the node every minute: whether its services serve, and how full it is."""

import shutil
from pathlib import Path

from aws import Aws
from health import health
from plan import Plan

_MEMORY = Path("/proc/meminfo")
# The one volume that a node has.
_VOLUME = "/"


def watch(plan: Plan, aws: Aws) -> None:
    """Waits for nobody: it also tells of a node whose program is at work, or stuck."""
    aws.put_metrics(plan.metrics_namespace, plan.node, measure(plan))


def measure(plan: Plan) -> dict[str, float]:
    disk = shutil.disk_usage(_VOLUME)
    return {
        "ServicesUnhealthy": sum(health(service) != "healthy" for service in plan.services),
        "MemoryUsedPercent": memory_used_percent(_MEMORY.read_text()),
        # As df has it: of what is not kept back for root.
        "DiskUsedPercent": 100 * disk.used / (disk.used + disk.free),
    }


def memory_used_percent(meminfo: str) -> float:
    """:param meminfo: /proc/meminfo, whose MemAvailable counts what the kernel would give back"""
    sizes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in meminfo.splitlines())}
    return 100 * (1 - sizes["MemAvailable"] / sizes["MemTotal"])
