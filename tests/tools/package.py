"""Build the sdist and the wheel, look into them, and run the command from the wheel alone."""

import argparse
import json
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from email.message import Message
from email.parser import Parser
from html.parser import HTMLParser
from pathlib import Path

from readme_renderer import markdown

PROJECT = Path(__file__).parents[2]
ROOMS = {path.name for path in (PROJECT / "sspi_pkginfo").iterdir() if path.is_file()}


def run(*command: str | Path, **options: object) -> str:
    print("+", *command, flush=True)
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **options).stdout


def build(folder: Path) -> tuple[Path, Path]:
    """Build both, the wheel from the sdist, as an installer from source would."""
    run(sys.executable, "-m", "build", "--outdir", folder, PROJECT)
    [sdist], [wheel] = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist, wheel


def check_wheel(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl"), wheel.name
    with zipfile.ZipFile(wheel) as archive:
        names = {Path(name) for name in archive.namelist()}
        [dist_info] = {name.parent for name in names if name.name == "METADATA"}
        metadata = Parser().parsestr(archive.read(f"{dist_info}/METADATA").decode())
        entry_points = archive.read(f"{dist_info}/entry_points.txt").decode()
    package = {name.name for name in names if name.parent == Path("sspi_pkginfo")}
    assert package == ROOMS, package ^ ROOMS
    others = {name.name for name in names if name.parent != Path("sspi_pkginfo")}
    assert others == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "LICENSE"}, others
    assert metadata["Requires-Python"] == ">=3.11"
    requires = metadata.get_all("Requires-Dist")
    assert len(requires) == 1, requires
    assert "extra == 'portable'" in requires[0], requires
    scripts = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["scripts"]
    for name, function in scripts.items():
        assert f"{name} = {function}" in entry_points, entry_points
    check_description(metadata)


class Addresses(HTMLParser):
    """What a page links and shows, and what can be linked in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.used: set[str] = set()
        self.inside: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in ("href", "src"):
                self.used.add(value or "")
            elif name == "id":
                self.inside.add(f"#{value}")


def check_description(metadata: Message) -> None:
    """Render the description as PyPI does, where an address without a host leads nowhere."""
    assert metadata["Description-Content-Type"] == "text/markdown"
    html = markdown.render(metadata.get_payload())
    assert html, "the description cannot be rendered"
    addresses = Addresses(html)
    used = addresses.used - addresses.inside
    assert used, html
    dead = [address for address in used if not address.startswith("https://")]
    assert not dead, f"dead on PyPI: {dead}"


def check_sdist(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {Path(*Path(name).parts[1:]).as_posix() for name in archive.getnames()}
    wanted = {"README.md", "LICENSE", "pyproject.toml", "tox.ini", "toxfile.py", "PKG-INFO"}
    wanted |= {"tests/conftest.py", *(f"sspi_pkginfo/{name}" for name in ROOMS)}
    assert wanted <= names, wanted - names


def check_installed(wheel: Path, folder: Path) -> None:
    """Install the wheel without its extra, then with it, and run the command each time."""
    venv.create(folder, with_pip=True, clear=True)
    scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
    python = scripts / "python"
    # Elsewhere than in the project, whose folder would be imported in the wheel's stead.
    run(python, "-m", "pip", "install", "--quiet", wheel, cwd=folder)
    installed = json.loads(run(python, "-m", "pip", "list", "--format", "json", cwd=folder))
    assert {package["name"] for package in installed} - {"pip", "setuptools"} == {"sspi-pkginfo"}
    version = run(scripts / "sspi-pkginfo", "--version", cwd=folder).strip()
    assert version == f"sspi-pkginfo {wheel.name.split('-')[1]}", version
    run(python, "-m", "pip", "install", "--quiet", f"{wheel}[portable]", cwd=folder)
    listing = json.loads(run(scripts / "sspi-pkginfo", "--json", cwd=folder))
    assert {"Negotiate", "NTLM"} <= {package["name"] for package in listing["packages"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="an empty one, to work in")
    folder = parser.parse_args().folder.resolve()
    dist = folder / "dist"
    for old in dist.glob("*"):
        old.unlink()
    sdist, wheel = build(dist)
    run(sys.executable, "-m", "twine", "check", "--strict", sdist, wheel)
    run(sys.executable, "-m", "check_wheel_contents", wheel)
    check_sdist(sdist)
    check_wheel(wheel)
    check_installed(wheel, folder / "venv")


if __name__ == "__main__":
    main()
