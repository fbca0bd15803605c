"""The yardstick: a minimal WSGI program that does the token's work and nothing else.

The same password check (remembered), the same statements on the same tables,
the same signature and the same audit row; no framework, no policy, no checks.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import sqlite3
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key

HOME = Path(os.environ["COLLECTOR_HOME"])
ALGORITHM = os.environ.get("COLLECTOR_JWT_ALGORITHM", "ES256")


def _key() -> tuple[Any, dict[str, Any]]:
    state = json.loads((HOME / "jwt" / "keys.json").read_text())
    kid = next(k["kid"] for k in state["keys"] if k["algorithm"] == ALGORITHM)
    pem = (HOME / "jwt" / f"{kid}.pem").read_text().splitlines()
    header = {"kid": kid, "typ": "JWT", "x5c": ["".join(pem[1:-1])]}
    return load_pem_private_key((HOME / "jwt" / f"{kid}.key").read_bytes(), None), header


PRIVATE, HEADER = _key()
REMEMBERED: dict[bytes, float] = {}
CONNECTION: list[sqlite3.Connection] = []


def _connection() -> sqlite3.Connection:
    if not CONNECTION:
        connection = sqlite3.connect(HOME / "collector.sqlite", timeout=4)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        CONNECTION.append(connection)
    return CONNECTION[0]


def _password(stored: str, password: str) -> bool:
    digest = hashlib.blake2b((stored + password).encode(), key=b"bench", digest_size=32).digest()
    if REMEMBERED.get(digest, 0) > time.monotonic():
        return True
    method, salt, wanted = stored.split("$")
    iterations, length, algorithm = method[7:-1].split(",")
    found = hashlib.pbkdf2_hmac(
        algorithm, password.encode(), salt.encode(), int(iterations), int(length)
    )
    REMEMBERED[digest] = time.monotonic() + 300
    return found.hex() == wanted


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer a token request."""
    asked = dict(parse_qsl(environ["QUERY_STRING"]))
    credentials = base64.b64decode(environ["HTTP_AUTHORIZATION"][6:]).decode()
    login, _, password = credentials.partition(":")
    db = _connection()
    user = db.execute(
        "SELECT id, email, username, first_name, last_name, password, registration_key"
        " FROM auth_user WHERE lower(email) = ?",
        (login,),
    ).fetchone()
    db.execute(
        "SELECT subject, failures, last_failure, locked_until, digests"
        " FROM registry_login_failures WHERE subject IN (?, ?, ?)",
        ("a", "b", "c"),
    ).fetchall()
    if not _password(user[5], password):
        start_response("401 Unauthorized", [])
        return []
    groups = db.execute(
        "SELECT g.id, g.role, g.privilege FROM auth_membership m"
        " JOIN auth_group g ON g.id = m.group_id WHERE m.user_id = ?",
        (user[0],),
    ).fetchall()
    registry = db.execute(
        "SELECT r.id, r.service, r.restricted, o.major, o.algorithm, o.pull_seconds,"
        " o.push_seconds FROM docker_registries r LEFT JOIN registry_options o"
        " ON o.registry_id = r.id WHERE r.service = ?",
        (asked["service"],),
    ).fetchone()
    published = db.execute(
        "SELECT 0, group_id FROM docker_registries_publications WHERE registry_id = ?"
        " UNION ALL SELECT 1, group_id FROM docker_registries_responsibles WHERE registry_id = ?",
        (registry[0], registry[0]),
    ).fetchall()
    kind, name, actions = asked["scope"].split(":")
    owner = db.execute(
        "SELECT id, username FROM auth_user WHERE id = ?", (int(name.split("/")[1]),)
    ).fetchone()
    mine = {row[0] for row in groups}
    allowed = owner[0] == user[0] and any(row[1] in mine for row in published)
    now = int(time.time())
    payload = {
        "iss": "opensvc",
        "sub": user[1],
        "aud": registry[1],
        "exp": now + 900,
        "nbf": now,
        "iat": now,
        "jti": secrets.token_urlsafe(16),
        "access": [{"type": kind, "name": name, "actions": actions.split(",") if allowed else []}],
    }
    token = jwt.encode(payload, PRIVATE, ALGORITHM, HEADER)
    db.execute(
        "INSERT INTO log (log_action, log_user, log_fmt, log_dict, log_date, log_level,"
        " log_gtalk_sent, log_email_sent, node_id, svc_id)"
        " VALUES (?, ?, ?, ?, ?, ?, 0, 0, '', '')",
        (
            "docker.token",
            user[1],
            "%(login)s from %(address)s on %(service)s: asked %(asked)s, given %(granted)s",
            json.dumps({
                "login": user[1], "kind": "user", "address": environ["REMOTE_ADDR"],
                "service": registry[1], "client": "", "asked": [asked["scope"]],
                "granted": [f"{name}:{actions}"],
            }),
            time.strftime("%Y-%m-%d %H:%M:%S"),
            "info",
        ),
    )
    db.commit()
    body = json.dumps({
        "token": token, "access_token": token, "expires_in": 900,
        "issued_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
    }).encode()
    start_response(
        "200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    )
    return [body]
