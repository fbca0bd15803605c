"""Requests to the REST API; what it refuses becomes a sentence and an exit status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import requests

from .account import Account
from .failures import Refused, SecondFactor, Unreachable

_TIMEOUT = (5, 60)
"""Seconds to connect, and between bytes: a deletion asks a registry meanwhile."""

PAGE = 1000

Row = dict[str, Any]


@dataclass
class Client:
    """Speaks with one collector."""

    account: Account
    verify: bool | str = True
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **query: Any) -> Any:
        """The member ``data`` of an answer."""
        return self.ask("GET", path, query=query).get("data")

    def one(self, path: str, what: str) -> Row:
        """The one object at a path.

        :raises Refused: there is none.
        """
        rows = self.get(path)
        if not rows:
            raise Refused(f"there is no {what}")
        row: Row = rows[0]
        return row

    def all(self, path: str, **query: Any) -> Iterator[Row]:
        """All rows of a list, page by page."""
        offset = 0
        while True:
            rows = self.get(path, **{**query, "limit": PAGE, "offset": offset, "meta": 0})
            yield from rows
            if len(rows) < PAGE:
                return
            offset += PAGE

    def send(self, method: str, path: str, body: Any = None) -> Row:
        """Change something; the whole answer."""
        return self.ask(method, path, body={} if body is None else body)

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> Row:
        """One request.

        :raises Refused: the collector says no, or that it can't.
        :raises Unreachable: there is no answer, or none of a collector.
        """
        url = f"{self.account.url}/init/rest/api{path}"
        headers = {"Accept": "application/json"}
        if self.account.token:
            headers["Authorization"] = f"Bearer {self.account.token}"
        try:
            answer = self.session.request(
                method, url, params=dict(query or {}), json=body, headers=headers,
                # Given always, so that no password of a .netrc takes the token's place.
                auth=_as_it_is, timeout=_TIMEOUT, verify=self.verify,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise Unreachable(f"{self.account.url}: {_why(error)}") from None
        try:
            value = answer.json()
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise Unreachable(f"{self.account.url} answers {answer.status_code}, and no JSON")
        told = value.get("error")
        if value.get("second_factor"):
            raise SecondFactor(_sentence(told, answer.status_code))
        if answer.status_code != 200 or told:
            raise Refused(_sentence(told, answer.status_code))
        return value


def segment(text: str) -> str:
    """A name as a part of a path, in the API's own quoting."""
    return quote(text.replace("%", "(percent)").replace("/", "(slash)"), safe="()")


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _sentence(error: Any, status: int) -> str:
    if isinstance(error, list):
        return "; ".join(map(str, error))
    return str(error) if error else f"the collector answers {status}"


def _why(error: requests.RequestException) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not accepted"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    return "can't be reached"
