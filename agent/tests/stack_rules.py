"""The rules of a rendered bundle, which `model/` declares."""

import json
from pathlib import Path

from rules import read_rules

_GOLDEN = Path(__file__).parent.parent.parent / "test/golden/prod.json"


def golden_plan():
    """Returns the plan.json of a node in the recorded stack."""
    contents = [resource["inputs"].get("content", {}) for resource in json.loads(_GOLDEN.read_text())]
    return json.loads("\n".join(next(each["plan.json"] for each in contents if "plan.json" in each)))


RULES = read_rules(golden_plan()["rules"])
