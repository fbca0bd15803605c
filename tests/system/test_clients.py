"""podman, skopeo and containerd against real registries."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests

from tests.system import images
from tests.system.conftest import Tool
from tests.system.engines import Containerd
from tests.system.rig import Collector, Registry
from tests.system.world import ADA_BY_NAME, NAMESPACED
from tests.web.world import ADA, BOB, LINUS, PULL, SERVICE, Login

PLAIN = "--tls-verify=false"
LOGINS = [ADA, ADA_BY_NAME, SERVICE, NAMESPACED]


class TestPodman:
    """podman: GET with Basic, scopes repeated."""

    @pytest.mark.parametrize("login", LOGINS, ids=lambda login: login[0])
    def test_login(self, podman: Tool, registry: Registry, login: Login) -> None:
        """Users and services log in."""
        assert "Login Succeeded" in podman.login(registry, login)

    def test_wrong_password(self, podman: Tool, registry: Registry) -> None:
        """A wrong password is told as such."""
        said = podman.fails(
            "login", PLAIN, "-u", "ada", "--password-stdin", registry.address, secret="wrong!"
        )
        assert "invalid username/password" in said

    def test_push_and_pull(self, podman: Tool, registry: Registry, image: Path) -> None:
        """An image goes up and comes back."""
        name = f"{registry.address}/groups/20/podman:1"
        podman.login(registry, ADA)
        made = podman("pull", "-q", f"oci:{image}:latest").split()[-1]
        podman("push", PLAIN, made, f"docker://{name}")
        podman("rmi", "-a", "-f")
        assert podman("pull", "-q", PLAIN, name).strip() == made

    def test_refused(self, podman: Tool, registry: Registry, image: Path) -> None:
        """Another's space is denied."""
        podman.login(registry, BOB)
        made = podman("pull", "-q", f"oci:{image}:latest").split()[-1]
        target = f"docker://{registry.address}/users/31/podman:1"
        assert "denied" in podman.fails("push", PLAIN, made, target)

    def test_search_by_catalogue(
        self, podman: Tool, skopeo: Tool, registry: Registry, image: Path
    ) -> None:
        """Where the registry has no search podman lists the catalogue, as who manages it."""
        where = f"{registry.address}/base/found-by-podman"
        skopeo.login(registry, LINUS)
        skopeo("copy", "--dest-tls-verify=false", f"oci:{image}:latest", f"docker://{where}:1")
        podman.login(registry, LINUS)
        term = f"{registry.address}/found-by"
        assert where in podman("search", PLAIN, term)
        podman.login(registry, PULL)
        assert where not in podman.try_("search", PLAIN, term).stdout


class TestSkopeo:
    """skopeo: the same library without an engine."""

    def _copy(
        self, skopeo: Tool, image: Path, registry: Registry, name: str, *options: str
    ) -> str:
        target = f"docker://{registry.address}/{name}"
        plain = "--dest-tls-verify=false"
        return skopeo("copy", plain, *options, f"oci:{image}:latest", target)

    @pytest.mark.parametrize("login", LOGINS, ids=lambda login: login[0])
    def test_login(self, skopeo: Tool, registry: Registry, login: Login) -> None:
        """Users and services log in."""
        assert "Login Succeeded" in skopeo.login(registry, login)

    def test_wrong_password(self, skopeo: Tool, registry: Registry) -> None:
        """A wrong password is told as such."""
        said = skopeo.fails(
            "login", PLAIN, "-u", "bob", "--password-stdin", registry.address, secret="wrong!"
        )
        assert "invalid username/password" in said

    def test_copy_inspect_list(self, skopeo: Tool, registry: Registry, image: Path) -> None:
        """Copying in, inspecting, listing tags; a service reads its application's image."""
        name = "apps/store/skopeo"
        skopeo.login(registry, ADA)
        self._copy(skopeo, image, registry, f"{name}:1")
        skopeo.login(registry, SERVICE)
        where = f"docker://{registry.address}/{name}"
        assert json.loads(skopeo("inspect", PLAIN, f"{where}:1"))["Digest"]
        assert json.loads(skopeo("list-tags", PLAIN, where))["Tags"] == ["1"]

    @pytest.mark.parametrize("owner", ["users/31", "users/ada", "groups/20", "groups/webdev",
                                       "apps/41", "apps/store"])
    def test_own_spaces(
        self, skopeo: Tool, registry: Registry, image: Path, tmp_path: Path, owner: str
    ) -> None:
        """An owner pushes to and pulls from its spaces, by id and by name."""
        skopeo.login(registry, ADA)
        self._copy(skopeo, image, registry, f"{owner}/own:1")
        where = f"docker://{registry.address}/{owner}/own:1"
        skopeo("copy", "--src-tls-verify=false", where, f"dir:{tmp_path / 'back'}")
        pushed = json.loads((image / "index.json").read_text())["manifests"][0]["digest"]
        assert json.loads(skopeo("inspect", PLAIN, where))["Digest"] == pushed

    def test_image_index(
        self, skopeo: Tool, registry: Registry, tmp_path: Path
    ) -> None:
        """An image for several architectures: its index and all it lists."""
        skopeo.login(registry, ADA)
        made = images.index(tmp_path / "index")
        self._copy(skopeo, made, registry, "users/31/index:1", "--all")
        where = f"docker://{registry.address}/users/31/index:1"
        listed = json.loads(skopeo("inspect", "--raw", PLAIN, where))["manifests"]
        assert [m["platform"]["architecture"] for m in listed] == ["amd64", "arm64"]

    def test_nobody(self, skopeo: Tool, registry: Registry) -> None:
        """Without a login there is nothing to see."""
        where = f"docker://{registry.address}/base/alpine:1"
        assert "unauthorized" in skopeo.fails("inspect", PLAIN, where)


class TestContainerd:
    """containerd: POST with the password in a form first."""

    def _user(self, login: Login) -> list[str]:
        return ["--plain-http", "--user", ":".join(login)]

    def test_push_and_pull(
        self, containerd: Containerd, registry: Registry, skopeo: Tool, image: Path
    ) -> None:
        """Pushed by a user and pulled by a service of the application, with ctr."""
        name = f"{registry.address}/apps/store/ctr:1"
        archive = image.parent / "oci.tar"
        # A reference in the archive would name a second image, and one would replace the other.
        skopeo("copy", "-q", f"oci:{image}:latest", f"oci-archive:{archive}")
        done = containerd.ctr("images", "import", "--index-name", name, str(archive))
        assert done.returncode == 0, done.stderr
        done = containerd.ctr("images", "push", *self._user(ADA), name)
        assert done.returncode == 0, done.stderr
        assert containerd.ctr("images", "rm", name).returncode == 0
        done = containerd.ctr("images", "pull", *self._user(SERVICE), name)
        assert done.returncode == 0, done.stderr

    def test_refused(self, containerd: Containerd, registry: Registry) -> None:
        """Another's space is denied."""
        name = f"{registry.address}/users/31/ctr:1"
        done = containerd.ctr("images", "pull", *self._user(BOB), name)
        assert done.returncode != 0
        assert "denied" in done.stderr or "authorization failed" in done.stderr

    def test_wrong_password(
        self, containerd: Containerd, registry: Registry, collector: Collector
    ) -> None:
        """A wrong password, sent by POST and again by GET, counts once."""
        before = len([e for e in collector.audit() if e["action"] == "docker.login.failed"])
        name = f"{registry.address}/users/31/ctr:1"
        password = f"wrong-{registry.major}"
        done = containerd.ctr("images", "pull", *self._user(("linus", password)), name)
        assert done.returncode != 0
        after = len([e for e in collector.audit() if e["action"] == "docker.login.failed"])
        assert after - before == 1


def test_catalog(registry: Registry, collector: Collector) -> None:
    """Who manages the registry lists its catalogue with its token; others are refused."""

    def catalog(login: Login) -> int:
        query = {"service": registry.service, "scope": "registry:catalog:*"}
        answer = requests.get(
            f"{collector.url}/init/registry/token", params=query, auth=login, timeout=10
        )
        bearer = {"Authorization": f"Bearer {answer.json()['token']}"}
        return requests.get(f"{registry.url}/v2/_catalog", headers=bearer, timeout=10).status_code

    assert catalog(LINUS) == 200
    assert catalog(BOB) == 401
