"""Writes a node's reports to the bucket and to its journal, without secrets."""

import sys
from typing import Literal

import layout
from aws import Aws, AwsError
from plan import Phase
from redaction import Redactor

Status = Literal["working", "healthy", "refused", "drained", "failed"]


class Reporter:
    def __init__(self, aws: Aws, bucket: str, node: str, nonce: str | None, redactor: Redactor) -> None:
        self._aws, self._bucket, self._node, self._nonce = aws, bucket, node, nonce
        self._redactor = redactor
        self._said = ""

    def working(self, text: str, phase: Phase | None = None) -> None:
        """Reports progress. A failed report does not stop the work."""
        if text == self._said:
            return
        self._said = text
        try:
            self._put("working", text, phase)
        except AwsError as error:
            print(f"could not report: {error}", file=sys.stderr, flush=True)

    def end(self, status: Status, text: str) -> None:
        self._put(status, text)

    def _put(self, status: Status, text: str, phase: Phase | None = None) -> None:
        clean = self._redactor.clean(text)
        print(f"{status}: {clean}", flush=True)
        if self._nonce is None:
            return
        force = layout.CURRENT.resolve().name if layout.CURRENT.is_symlink() else "-"
        # Keep the format of the first line, which these programs parse: `templates/node/request.sh`,
        # `scripts/aws/report.ts` and their earlier releases.
        first = " ".join((self._nonce, status, force, *([phase] if phase else [])))
        self._aws.put_object(self._bucket, f"nodes/{self._node}/report", f"{first}\n{clean}\n")
