"""A real nginx before a registry, with the server block that the collector prints."""

from __future__ import annotations

import os
from pathlib import Path

import requests

from tests.system.authority import Authority
from tests.system.rig import Server, need, run

_AROUND = """\
{user}
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{server}
}}
"""


class Nginx(Server):
    """nginx with TLS on ``localhost`` and a port."""

    def __init__(self, folder: Path, port: int, authority: Authority) -> None:
        super().__init__("nginx", folder)
        self.address = f"localhost:{port}"
        self.url = f"https://{self.address}"
        self._port = port
        self._authority = authority
        self._config = folder / "nginx.conf"

    def start(self, server: str) -> None:
        """Serve a printed server block: only its port and its certificate are another's."""
        self.write(server)
        self.run([*self._nginx(), "-c", str(self._config)], self._answers)

    def test(self, server: str) -> str:
        """What ``nginx -t`` says of a server block."""
        self.write(server)
        return run([*self._nginx(), "-t", "-c", str(self._config)]).stderr

    def write(self, server: str) -> None:
        """Write the configuration."""
        certificate, key = self._authority.server()
        ours = (
            server.replace("listen 443 ssl", f"listen 127.0.0.1:{self._port} ssl")
            .replace("/etc/nginx/ssl/server.crt", str(certificate))
            .replace("/etc/nginx/ssl/server.key", str(key))
        )
        user = "user root;" if os.getuid() == 0 else ""  # others can't enter our folders
        self._config.write_text(_AROUND.format(user=user, folder=self.folder, server=ours))

    def _nginx(self) -> list[str]:
        program = need("nginx", Path("/usr/sbin/nginx"))
        return [program, "-p", str(self.folder), "-e", "stderr"]

    def _answers(self) -> bool:
        verify = str(self._authority.path)
        return requests.get(f"{self.url}/v2/", timeout=5, verify=verify).status_code == 401
