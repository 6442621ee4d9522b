"""Keeps secrets and persons out of logs: by the name of a field, and by what a text looks like."""

import logging
import re
from collections.abc import MutableMapping
from typing import Any

HIDDEN = "***"

FIELDS = frozenset({"authorization", "cookie", "door", "note", "password", "phone", "secret", "set-cookie", "token"})
"""What is never logged, whatever it holds."""

PATTERNS = (
    re.compile(r"sl_[a-z0-9]{12}_[A-Za-z0-9_-]{20,}"),  # API keys
    re.compile(r"whsec_[A-Za-z0-9+/=_-]{8,}"),  # Standard Webhooks' secrets
    re.compile(r"gAAAA[A-Za-z0-9_=-]{40,}"),  # what is sealed, sessions included
    re.compile(r"(?i)(?<=bearer )\S+"),
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),  # user and password in an address
    re.compile(r"(?<![\w+])\+\d(?:[ ()./-]{0,2}\d){7,14}(?!\d)"),  # phone numbers as in ITU-T E.164
    re.compile(
        r"(?<![A-Za-z0-9_.-])(?:1[3-9]\d{9}|9[ -]?\d{4}[ -]?\d{4})(?![A-Za-z0-9_-])"
    ),  # China's, Chile's mobiles
)


CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What makes a terminal do something, or show a line otherwise than it is."""


def mask(text: str) -> str:
    """The text without what looks like a secret or a phone number, and what would steer a terminal written out."""
    text = CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
    for pattern in PATTERNS:
        text = pattern.sub(HIDDEN, text)
    return text


def mask_event(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: masks an event, how deep whatever it holds may lie."""
    return {name: HIDDEN if name.lower() in FIELDS else _masked(value) for name, value in event.items()}


def _masked(value: object) -> object:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {name: HIDDEN if str(name).lower() in FIELDS else _masked(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(item) for item in value]
    return value


class MaskingFilter(logging.Filter):
    """The same for the standard library's loggers: uvicorn's lines of requests and errors, tracebacks included."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record; it always passes."""
        if record.args:
            # Uvicorn's formatter takes a request's line apart, so each argument is masked where it stands.
            kept = record.args.items() if isinstance(record.args, dict) else None
            record.args = (
                {name: _masked(value) for name, value in kept}
                if kept is not None
                else tuple(_masked(value) for value in record.args)
            )
        record.msg = mask(str(record.msg))
        if record.exc_info:
            record.exc_text = mask(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True
