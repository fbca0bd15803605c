"""A real FreeRADIUS with a few people in a file, which takes signed requests only."""

from __future__ import annotations

import contextlib
import os
import random
import socket
from pathlib import Path

from applications.init.modules.registries.login.backends.radius.packets import Codec, Unusable
from tests.system.rig import Server, need

SECRET = "tested-Secret-of-both"

USERS = """\
ada Cleartext-Password := "ada-secret"
    Class = "web-developers",
    Class += 0xff00fe,
    Filter-Id = "team=web; level=1",
    Cisco-AVPair = "shell:roles=web"

bob@example.org Cleartext-Password := "bob-secret"
    Class = "operators",
    Class += "auditors"

zoë Cleartext-Password := "zoë-secret"

eve Cleartext-Password := "eve-secret", Auth-Type := Reject
    Reply-Message = "the account of eve is closed"

DEFAULT Auth-Type := Reject
    Reply-Message = "nobody is called so"
"""

# FreeRADIUS 3.2.1 signs its answers only where it is told to: in the place of ``sign``.
_CONFIG = """\
prefix = /usr
libdir = /usr/lib/freeradius
logdir = {folder}
raddbdir = {folder}
run_dir = {folder}
db_dir = {folder}
pidfile = {folder}/freeradius.pid
max_request_time = 30
cleanup_delay = 5
max_requests = 16384
hostname_lookups = no
{user}
log {{
    destination = stdout
    auth = yes
    auth_badpass = no
    auth_goodpass = no
}}
security {{
    max_attributes = 200
    reject_delay = {reject_delay}
    status_server = no
}}
proxy_requests = no
thread pool {{
    start_servers = 2
    max_servers = 4
    min_spare_servers = 1
    max_spare_servers = 4
    max_requests_per_server = 0
}}
{client}
modules {{
    pap {{
    }}
    files {{
        usersfile = {folder}/users
    }}
}}
server collector {{
    listen {{
        type = auth
        ipaddr = 127.0.0.1
        port = {port}
    }}
    authorize {{
        files
        pap
    }}
    authenticate {{
        Auth-Type PAP {{
            pap
        }}
    }}
    post-auth {{
        {sign}
        Post-Auth-Type REJECT {{
            {sign}
        }}
    }}
}}
"""
_CLIENT = """\
client collector {{
    ipaddr = 127.0.0.1
    secret = {secret}
    require_message_authenticator = yes
}}
"""
_SIGN = "update reply { Message-Authenticator := 0x00 }"


class FreeRadius(Server):
    """FreeRADIUS on a free port of the loopback interface.

    ``environ`` is what a collector is given to log people in with it; ``secret`` what the
    server believes is shared; ``client`` is the whole stanza, where it
    is another; ``sign`` is what makes the server sign its answers.
    """

    def __init__(self, folder: Path, secret: str = SECRET, users: str = USERS) -> None:
        super().__init__("freeradius", folder)
        self.address = f"127.0.0.1:{free_udp_port()}"
        self.secret = secret
        self.users = users
        self.client = ""
        self.sign = _SIGN
        self.reject_delay = 0
        self.environ = {
            "COLLECTOR_LOGIN_BACKENDS": "internal,radius",
            "COLLECTOR_RADIUS_SERVER": self.address,
            "COLLECTOR_RADIUS_SECRET": SECRET,
        }

    def start(self) -> None:
        """Serve; people and settings are read anew."""
        program = need("freeradius", Path("/usr/sbin/freeradius"))
        config = _CONFIG.format(
            folder=self.folder,
            client=self.client or _CLIENT.format(secret=self.secret),
            port=self.address.rpartition(":")[2],
            reject_delay=self.reject_delay,
            sign=self.sign,
            # Started by root it would become another user, who can't enter our folders.
            user="security {\n user = root\n group = root\n}" if os.getuid() == 0 else "",
        )
        self._write("radiusd.conf", config)
        self._write("users", self.users)
        self._write("dictionary", "")
        self.run([program, "-f", "-l", "stdout", "-d", str(self.folder)], self._answers)

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text)

    def _answers(self) -> bool:
        """Tell whether it answers anybody; what it says is for others to judge."""
        host, _, port = self.address.rpartition(":")
        request = Codec(self.secret, "rig").request("nobody", "at all")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(0.5)
            sock.connect((host, int(port)))
            sock.send(request.raw)
            with contextlib.suppress(Unusable):
                request.judge(sock.recv(4096))
            return True


def free_udp_port() -> int:
    """A UDP port that nobody uses, below those that outgoing packets take meanwhile."""
    while True:
        port = random.randrange(20_000, 32_000)
        probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
