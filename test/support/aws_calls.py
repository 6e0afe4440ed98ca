"""
Prints the AWS operations that the given Python files call, as JSON by service: {"s3": {"get_object": ["Bucket", ...]}}.

Exits with 1 if it cannot follow how a file creates or passes on a client, so that it misses no call.
"""

import ast
import json
import sys
from pathlib import Path
from typing import TypeGuard

# Functions that create a client: boto3's own, and the names that the node's program uses for it.
MAKERS = {"boto3.client", "_new_client", "self._client"}


def calls(source: str) -> dict[str, dict[str, set[str]]]:
    tree = ast.parse(source)
    clients = {
        ast.unparse(node.targets[0]): service_of(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and is_client(node.value)
    }
    found: dict[str, dict[str, set[str]]] = {}
    understood = 0
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        maker = node.func.value
        service = service_of(maker) if is_client(maker) else clients.get(ast.unparse(maker))
        if service is None:
            continue
        understood += is_client(maker)
        named = {keyword.arg for keyword in node.keywords if keyword.arg}
        found.setdefault(service, {}).setdefault(node.func.attr, set()).update(named)
    made = sum(is_client(node) and service_of(node) is not None for node in ast.walk(tree))
    if made != understood + len([service for service in clients.values() if service]):
        sys.exit("a client of AWS is made that is neither called at once nor given a name")
    return found


def is_client(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in MAKERS


def service_of(node: ast.Call) -> str | None:
    """Returns None if the service name is a parameter, as in the function that creates clients."""
    name = node.args[0]
    return name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else None


merged: dict[str, dict[str, set[str]]] = {}
for path in sys.argv[1:]:
    for service, operations in calls(Path(path).read_text()).items():
        for operation, named in operations.items():
            merged.setdefault(service, {}).setdefault(operation, set()).update(named)
print(json.dumps(merged, default=sorted))
