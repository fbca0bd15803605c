"""The errors a service may let out; each carries its own HTTP answer.

The message is written for the person who reads it and holds no secret.
What an operator needs beyond it goes to the log, never into the answer.
"""

from __future__ import annotations

from typing import ClassVar


class CollectorError(Exception):
    """Base of all expected errors; never raised directly.

    ``status`` is the HTTP status, ``code`` the error code of the distribution
    specification that docker turns into words (UNAUTHORIZED, DENIED, ...).
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "UNKNOWN"


class BadRequest(CollectorError):
    """The request can't be understood; nothing was done."""

    status = 400
    code = "UNSUPPORTED"


class UnknownService(BadRequest):
    """The ``service`` parameter names no declared registry."""

    code = "NAME_UNKNOWN"


class TooLarge(BadRequest):
    """The request is larger than this route takes."""

    status = 413
    code = "SIZE_INVALID"


class Unauthorized(CollectorError):
    """Credentials are missing or wrong; the same answer for every cause."""

    status = 401
    code = "UNAUTHORIZED"

    def __init__(self, message: str = "authentication required") -> None:
        super().__init__(message)


class SecondFactorNeeded(Unauthorized):
    """The password of this user is right, and not enough; the message says what is wanted."""

    def __init__(self, message: str, user_id: int) -> None:
        super().__init__(message)
        self.user_id = user_id


class Denied(CollectorError):
    """The principal may not do this; the message says what is missing."""

    status = 403
    code = "DENIED"


class NotFound(CollectorError):
    """No such object, or none that this principal may see."""

    status = 404
    code = "NAME_UNKNOWN"


class MethodNotAllowed(CollectorError):
    """The route exists, the method doesn't."""

    status = 405
    code = "UNSUPPORTED"


class NotImplementedHere(CollectorError):
    """The server that the program runs under can't do this; the message says what to do instead."""

    status = 501
    code = "UNSUPPORTED"


class TooManyRequests(CollectorError):
    """Too many failed logins; ``retry_after`` seconds until the next try counts."""

    status = 429
    code = "TOOMANYREQUESTS"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(CollectorError):
    """A part this request needs (database, audit log, keys) does not answer now."""

    status = 503
    code = "UNAVAILABLE"


class Internal(CollectorError):
    """Something nobody expected; the message quotes the id of its log line."""


class Conflict(CollectorError):
    """It contradicts what is already stored; nothing was changed."""

    status = 409
    code = "UNSUPPORTED"


class StartupError(CollectorError):
    """The collector can't start as configured; the message says what to do."""

    status = 503
    code = "UNAVAILABLE"
