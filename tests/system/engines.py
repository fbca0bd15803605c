"""Container engines of our own: a docker engine and a containerd."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.system.rig import Server, need, run


class Engine(Server):
    """A docker engine of our own, without network or images."""

    may_be_missing = True

    def start(self) -> None:
        """Serve on a socket in the folder."""
        self.host = f"unix://{self.folder}/docker.sock"
        need("docker")
        command = [
            need("dockerd"), "--bridge=none", "--iptables=false", "--storage-driver=vfs",
            f"--data-root={self.folder}/data", f"--exec-root={self.folder}/exec",
            f"--host={self.host}", f"--pidfile={self.folder}/docker.pid",
        ]
        self.run(command, lambda: self.docker("version", config=self.folder).returncode == 0)

    def docker(
        self, *arguments: str, config: Path, secret: str | None = None, program: str = "docker",
        **environ: str,
    ) -> subprocess.CompletedProcess[str]:
        """Run a docker CLI with its own configuration directory."""
        ours = {"DOCKER_HOST": self.host, "DOCKER_CONFIG": str(config)}
        return run([need(program), *arguments], secret, **ours, **environ)


class Containerd(Server):
    """A containerd of our own."""

    may_be_missing = True

    def start(self) -> None:
        """Serve on a socket in the folder."""
        self.socket = self.folder / "containerd.sock"
        config = self.folder / "config.toml"
        config.write_text(
            f'version = 2\nroot = "{self.folder}/root"\nstate = "{self.folder}/state"\n'
            'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
            f'[grpc]\n  address = "{self.socket}"\n'
        )
        need("ctr")
        command = [need("containerd"), "--config", str(config)]
        self.run(command, lambda: self.ctr("version").returncode == 0)

    def ctr(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ctr."""
        return run([need("ctr"), "--address", str(self.socket), *arguments])
