"""From an answer that is not the one hoped for, to the error that says so."""

from __future__ import annotations

import re
from typing import Any

from . import safe_json
from .answer import Answer
from .failures import BadAnswer, Missing, Refused, RemoteError, printable

_ABSENT = {"NAME_UNKNOWN", "MANIFEST_UNKNOWN"}
_CODE = re.compile(r"[A-Z0-9_]{1,64}", re.ASCII)
_MAX_CODES = 16


def failure(answer: Answer, name: str, asked: str) -> RemoteError:
    """What is wrong with an answer.

    :param name: the registry, for the sentence.
    :param asked: method and path, for the sentence.
    """
    status = answer.status
    if 300 <= status < 400 and status != 304:
        where = printable(answer.header("Location"))
        return BadAnswer(f"{name} redirects {asked} to {where!r}, which is refused")
    if status < 400:
        return BadAnswer(f"{name} answers {status} to {asked}, which it should not")
    errors = _errors(answer)
    codes = tuple(code for code, _ in errors)
    if status in (401, 403):
        return Refused(
            f"{name}: the registry refuses our token: compare issuer, service and rootcertbundle",
            status,
            codes,
        )
    said = f" ({', '.join(codes)})" if codes else ""
    kind = Missing if status == 404 and _prove_absence(errors) else Refused
    return kind(f"{name} answers {status}{said} to {asked}", status, codes)


def _prove_absence(errors: list[tuple[str, str]]) -> bool:
    """Tell whether the errors say that there is no such thing.

    2.8 also calls a manifest unknown that it has, but in no type that was asked for.
    """
    return bool(errors) and all(
        code in _ABSENT and "accept header" not in message for code, message in errors
    )


def _errors(answer: Answer) -> list[tuple[str, str]]:
    """Codes and messages of an error body; empty for any other body."""
    if "json" not in answer.media_type:
        return []
    try:
        found = safe_json.loads(answer.body)
    except BadAnswer:
        return []
    errors = found.get("errors") if isinstance(found, dict) else None
    if not isinstance(errors, list) or len(errors) > _MAX_CODES:
        return []
    return [_error(item) for item in errors]


def _error(item: Any) -> tuple[str, str]:
    code, message = (
        (item.get("code"), item.get("message")) if isinstance(item, dict) else ("", "")
    )
    is_code = isinstance(code, str) and _CODE.fullmatch(code)
    return (str(code) if is_code else "UNKNOWN", str(message))
