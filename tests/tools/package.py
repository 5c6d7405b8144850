"""Build the sdist and the wheel, look into them, and run the command from the wheel alone."""

import json
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path
from typing import Any

from readme_renderer import markdown

PROJECT = Path(__file__).parents[2]
ROOMS = {path.name for path in (PROJECT / "sspi_pkginfo").iterdir() if path.is_file()}


def run(*command: str | Path, **options: object) -> str:
    print("+", *command, flush=True)
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **options).stdout


def check_sdist(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {Path(*Path(name).parts[1:]).as_posix() for name in archive.getnames()}
    wanted = {"README.md", "LICENSE", "pyproject.toml", "tox.ini", "toxfile.py", "PKG-INFO"}
    wanted |= {"tests/conftest.py", *(f"sspi_pkginfo/{name}" for name in ROOMS)}
    assert wanted <= names, wanted - names


def check_wheel(wheel: Path) -> None:
    run(sys.executable, "-m", "check_wheel_contents", wheel)
    assert wheel.name.endswith("-py3-none-any.whl"), wheel.name
    with zipfile.ZipFile(wheel) as archive:
        names = sorted(Path(name).name for name in archive.namelist())
    wanted = sorted([*ROOMS, "METADATA", "WHEEL", "RECORD", "entry_points.txt", "LICENSE"])
    assert names == wanted, names


def check_metadata(metadata: dict[str, Any]) -> None:
    assert metadata["requires_python"] == ">=3.11"
    [requirement] = metadata["requires_dist"]
    assert "extra == 'portable'" in requirement, requirement
    # Rendered as PyPI does, where an address without a host leads nowhere.
    assert metadata["description_content_type"] == "text/markdown"
    html = markdown.render(metadata["description"])
    used = {*re.findall(r'(?:href|src)="([^"]*)"', html)}
    assert used, html
    dead = used - {f"#{place}" for place in re.findall(r'id="([^"]*)"', html)}
    dead = {address for address in dead if not address.startswith("https://")}
    assert not dead, f"dead on PyPI: {dead}"


def check_installed(wheel: Path, folder: Path) -> None:
    """Install the wheel without its extra, then with it, and run the command each time."""
    venv.create(folder, with_pip=True, clear=True)
    scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
    python = scripts / "python"
    # Elsewhere than in the project, whose folder would be imported in the wheel's stead.
    run(python, "-m", "pip", "install", "--quiet", wheel, cwd=folder)
    installed = json.loads(run(python, "-m", "pip", "inspect", cwd=folder))["installed"]
    by_name = {package["metadata"]["name"]: package["metadata"] for package in installed}
    assert by_name.keys() - {"pip", "setuptools"} == {"sspi-pkginfo"}
    check_metadata(by_name["sspi-pkginfo"])
    version = run(scripts / "sspi-pkginfo", "--version", cwd=folder).strip()
    assert version == f"sspi-pkginfo {wheel.name.split('-')[1]}", version
    run(python, "-m", "pip", "install", "--quiet", f"{wheel}[portable]", cwd=folder)
    listing = json.loads(run(scripts / "sspi-pkginfo", "--json", cwd=folder))
    assert {"Negotiate", "NTLM"} <= {package["name"] for package in listing["packages"]}


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    dist = folder / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    # Both, the wheel from the sdist, as an installer from source would.
    run(sys.executable, "-m", "build", "--outdir", dist, PROJECT)
    [sdist], [wheel] = dist.glob("*.tar.gz"), dist.glob("*.whl")
    run(sys.executable, "-m", "twine", "check", "--strict", sdist, wheel)
    check_sdist(sdist)
    check_wheel(wheel)
    check_installed(wheel, folder / "venv")


if __name__ == "__main__":
    main()
