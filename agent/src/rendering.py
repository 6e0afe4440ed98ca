"""Renders a bundle's service files with their secrets, and fingerprints them for comparison."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from errors import Refused
from files import read_tree

PLACEHOLDER = re.compile(r"@@([A-Za-z]+(?:\.[A-Za-z0-9]+)?)@@")

# File texts by path within the stack's folder, such as `livekit/livekit.yaml`.
Texts = Mapping[str, str]
# Secret values by placeholder, such as `turnSecret.0`.
Values = Mapping[str, str]


@dataclass(frozen=True)
class FileFingerprint:
    """What a file consists of. Files with equal fingerprints are equal."""

    # Digest of the text with its placeholders.
    template: str
    # Digests of the secrets in it, by placeholder.
    secrets: Mapping[str, str]


# Fingerprints of one service's files by name.
Fingerprints = Mapping[str, FileFingerprint]


def service_files(bundle: Path) -> dict[str, str]:
    return read_tree(bundle / "stack")


def render(templates: Texts, values: Values) -> dict[str, str]:
    missing = {name for text in templates.values() for name in PLACEHOLDER.findall(text)} - values.keys()
    if missing:
        raise Refused(f"the bundle needs secrets that do not exist: {', '.join(sorted(missing))}")
    return {path: PLACEHOLDER.sub(lambda match: values[match[1]], text) for path, text in templates.items()}


def fingerprints_of(service: str, templates: Texts, values: Values) -> dict[str, FileFingerprint]:
    prefix = f"{service}/"
    return {
        path.removeprefix(prefix): FileFingerprint(
            digest(text), {name: digest(values[name]) for name in sorted(set(PLACEHOLDER.findall(text)))}
        )
        for path, text in templates.items()
        if path.startswith(prefix)
    }


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
