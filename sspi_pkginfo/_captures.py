"""What a capture must be, and what a package must be that SSPI can express."""

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ._flags import Capability
from ._package_info import PackageInfo, fold
from ._read import RPC_AUTHN

CAPTURE = "a capture is what `sspi-pkginfo --json` printed"
MOST_BYTES = 1 << 24  # a machine's listing takes a few kilobytes

MEMBERS = ("name", "comment", "capabilities_value", "version", "rpc_id", "max_token")
# A surrogate may stand alone in UTF-16, but two that make a pair are one character.
SURROGATE_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


class Capture(tuple[PackageInfo, ...]):
    """The packages that `sspi-pkginfo --json` printed, which are checked, and their library."""

    library: str


def read(path: str | os.PathLike[str] | int) -> Capture:
    """Read a capture out of a file, or out of standard input, which is 0.

    Raises what `FakeSspi.from_json` raises.
    """
    name = "standard input" if isinstance(path, int) else os.fsdecode(path)
    try:
        with open(path, "rb", closefd=path != 0) as file:
            data = file.read(MOST_BYTES + 1)  # pragma: no mutate - enough to know that it is more
        return _capture(_document(data))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: {error}") from None


def check_packages(packages: Iterable[PackageInfo]) -> tuple[PackageInfo, ...]:
    """Return the packages, or raise an error that names the package and the field.

    `TypeError` for a wrong type, `ValueError` for what SSPI cannot express.
    """
    checked = tuple(packages)
    for number, package in enumerate(checked, 1):
        if not isinstance(package, PackageInfo):
            raise TypeError(f"package {number} must be a PackageInfo, not {_shown(package, repr)}")
        fields = {field: getattr(package, field) for field in PackageInfo.__slots__}
        _check(_which(number, package.name), fields, repr)
    taken: dict[tuple[str, str], str] = {}
    for number, package in enumerate(checked, 1):
        which = _which(number, package.name)
        other = taken.setdefault(fold(package.name), which)
        if other != which:
            raise ValueError(f"{which}: has the same name as {other}")
    return checked


def _document(data: bytes) -> object:
    if len(data) > MOST_BYTES:
        raise ValueError(f"too large; {CAPTURE}")
    try:
        # Windows PowerShell redirects into UTF-16, which json recognizes. What joins files may put
        # a second byte order mark behind the first.
        text = data.decode(json.detect_encoding(data)).lstrip("\ufeff")
        if not text.strip():
            raise ValueError(f"empty; {CAPTURE}")
        return json.loads(text, parse_int=_integer, parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise ValueError(f"not {error.encoding.upper()} text; {CAPTURE}") from None
    except RecursionError:
        raise ValueError(f"nested too deeply; {CAPTURE}") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"not JSON in {where}: {error.msg}; {CAPTURE}") from None


def _integer(digits: str) -> int | float:
    # int() refuses thousands of digits, and its message would name neither package nor field. Any
    # limit between those and the ten digits of a valid number would do.
    return int(digits) if len(digits) < 30 else float(digits)  # pragma: no mutate - any limit


def _refuse(constant: str) -> None:
    raise ValueError(f"not JSON: {constant} is not a number; {CAPTURE}")


def _capture(document: object) -> Capture:
    if not isinstance(document, dict):
        raise ValueError(f"must be a JSON object, not {_shown(document)}; {CAPTURE}")
    command = "matrix" if isinstance(document.get("packages"), dict) else ""
    if "max_token" in document and "packages" not in document:
        command = "show NAME" if "capabilities" in document else "max-token NAME"
    if command:
        raise ValueError(f"this is what `sspi-pkginfo {command} --json` printed; {CAPTURE}")
    for member in ("library", "packages"):
        if member not in document:
            raise ValueError(f"{member} is missing; {CAPTURE}")
    library, packages = document["library"], document["packages"]
    if not isinstance(library, str) or not library:
        raise ValueError(f"library must be a string that is not empty, not {_shown(library)}")
    if not isinstance(packages, list):
        raise ValueError(f"packages must be an array, not {_shown(packages)}")
    packages = [_package(number, members) for number, members in enumerate(packages, 1)]
    capture = Capture(check_packages(packages))
    capture.library = library
    return capture


def _package(number: int, members: object) -> PackageInfo:
    if not isinstance(members, dict):
        raise ValueError(f"package {number} must be an object, not {_shown(members)}")
    which = _which(number, members.get("name"))
    for member in (*MEMBERS, "capabilities"):
        if member not in members:
            raise ValueError(f"{which}: {member} is missing")
    fields = {member: members[member] for member in MEMBERS}
    _check(which, fields, json.dumps)
    # These are for people, and may be of flags that are new to us: only the value counts.
    names = members["capabilities"]
    texts = isinstance(names, list) and all(isinstance(name, str) for name in names)
    if not texts or len(set(names)) < len(names):
        must = "must be an array of different strings, not"
        raise ValueError(f"{which}: capabilities {must} {_shown(names)}")
    name, comment, capabilities, version, rpc_id, max_token = fields.values()
    rpc_id = RPC_AUTHN.get(rpc_id, rpc_id)
    return PackageInfo(name, comment, Capability(capabilities), version, rpc_id, max_token)


def _check(which: str, fields: Mapping[str, Any], write: Callable[[object], str]) -> None:
    for field, value in fields.items():
        error: type[Exception] = ValueError
        kind: Any = str if field in ("name", "comment") else int
        most = 0xFFFF if field in ("version", "rpc_id") else 0xFFFFFFFF
        must = "be a string, not" if kind is str else f"be an integer from 0 to {most}, not"
        if not isinstance(value, kind) or isinstance(value, bool):
            error = TypeError
        elif kind is str and "\0" in value:
            must = "not contain a NUL character:"
        elif kind is str and SURROGATE_PAIR.search(value):
            must = "not contain a pair of surrogates:"
        elif kind is str or 0 <= value <= most:
            continue
        raise error(f"{which}: {field} must {must} {_shown(value, write)}")


def _which(number: int, name: object) -> str:
    return f"package {number}" + (f" ({_shown(name, repr)})" if isinstance(name, str) else "")


def _shown(value: object, write: Callable[[object], str] = json.dumps) -> str:
    try:
        text = write(value)
    except (ValueError, RecursionError):
        # An integer has more digits than Python prints, or an array is nested too deeply.
        text = f"a very large {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:77]}..."
