"""Removes secrets from text that leaves the node."""

from collections.abc import Iterable


class Redactor:
    """Replaces every learned secret with asterisks."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()

    def learn(self, values: Iterable[str]) -> None:
        for value in values:
            # Also redacts each line of a key, because output may quote a key file line by line.
            lines = [line for line in value.splitlines() if not line.startswith("-----")] if "\n" in value else []
            self._secrets.update(text for text in (value, *lines) if len(text) >= 8)

    def clean(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text
