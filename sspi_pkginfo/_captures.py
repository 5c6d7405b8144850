"""What a capture must be, and what a package must be that SSPI can express."""

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count

from ._flags import Capability
from ._package_info import PackageInfo
from ._read import RPC_AUTHN

CAPTURE = "a capture is what `sspi-pkginfo --json` printed"
# A machine's listing takes a few kilobytes.
MOST_BYTES = 1 << 24

MEMBERS = ("name", "comment", "capabilities_value", "version", "rpc_id", "max_token")
TEXTS = {"name", "comment"}
SIXTEEN_BITS = {"version", "rpc_id"}
# A surrogate may stand alone in UTF-16, but two that make a pair are one character.
SURROGATE_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


@dataclass(frozen=True)
class Capture:
    """What `sspi-pkginfo --json` printed: the name of a library, and its packages."""

    library: str
    packages: tuple[PackageInfo, ...]


def read(path: str | os.PathLike[str]) -> Capture:
    """Read a capture.

    Raises `OSError` if the file cannot be read, and `ValueError` if it is not a capture. The
    message names the file, the package and the field.
    """
    name = os.fsdecode(path)
    try:
        with open(name, "rb") as file:
            data = file.read(MOST_BYTES + 1)  # pragma: no mutate - enough to know that it is more
        return _capture(_document(data))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: {error}") from None


def check_packages(packages: Iterable[PackageInfo]) -> tuple[PackageInfo, ...]:
    """Return the packages.

    Raises `TypeError` for what is not a `PackageInfo` or has a field of the wrong type, and
    `ValueError` for a value that SSPI cannot express and for names that differ only in case. The
    message names the package and the field.
    """
    checked = tuple(packages)
    taken: dict[tuple[str, str], str] = {}
    for number, package in enumerate(checked, 1):
        if not isinstance(package, PackageInfo):
            raise TypeError(f"package {number} must be a PackageInfo, not {_shown(package)}")
        fields = {field: getattr(package, field) for field in PackageInfo.__slots__}
        _check(number, fields)
        which = _which(number, fields)
        # lower() alone makes a Kelvin sign a k, and upper() alone makes a dotless i an I.
        key = package.name.lower(), package.name.upper()
        if key in taken:
            raise ValueError(f"{which}: has the same name as {taken[key]}")
        taken[key] = which
    return checked


def _document(data: bytes) -> object:
    if len(data) > MOST_BYTES:
        raise ValueError(f"the file is too large; {CAPTURE}")
    if not data.strip():
        raise ValueError(f"the file is empty; {CAPTURE}")
    try:
        # Windows PowerShell redirects into UTF-16, which json recognizes.
        text = data.decode(json.detect_encoding(data))
        return json.loads(text, parse_int=_integer, parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise ValueError(f"not {error.encoding.upper()} text: {error.reason}") from None
    except RecursionError:
        raise ValueError("not a capture: nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"not JSON: {error}") from None


def _integer(digits: str) -> int | float:
    # int() refuses thousands of digits, and its message would name neither package nor field. Any
    # limit between those and the ten digits of a valid number would do.
    return int(digits) if len(digits) < 30 else float(digits)  # pragma: no mutate - any limit


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number")


def _capture(document: object) -> Capture:
    if not isinstance(document, dict):
        raise ValueError(f"must be a JSON object, not {_shown(document)}; {CAPTURE}")
    if command := _other_command(document):
        raise ValueError(f"this is what `sspi-pkginfo {command} --json` printed; {CAPTURE}")
    for member in ("library", "packages"):
        if member not in document:
            raise ValueError(f"{member} is missing; {CAPTURE}")
    library, packages = document["library"], document["packages"]
    if not isinstance(library, str) or not library:
        raise ValueError(f"library must be a string that is not empty, not {_shown(library)}")
    if not isinstance(packages, list):
        raise ValueError(f"packages must be an array, not {_shown(packages)}")
    return Capture(library, check_packages(map(_package, count(1), packages)))


def _other_command(document: Mapping[str, object]) -> str:
    if isinstance(document.get("packages"), dict):
        return "matrix"
    if "packages" in document or "max_token" not in document:
        return ""
    return "show NAME" if "capabilities" in document else "max-token NAME"


def _package(number: int, members: object) -> PackageInfo:
    if not isinstance(members, dict):
        raise ValueError(f"package {number} must be an object, not {_shown(members)}")
    which = _which(number, members)
    for member in (*MEMBERS, "capabilities"):
        if member not in members:
            raise ValueError(f"{which}: {member} is missing")
    _check(number, {member: members[member] for member in MEMBERS})
    # These are for people, and may be of flags that are new to us: only the value counts.
    names = members["capabilities"]
    if (
        not isinstance(names, list)
        or not all(isinstance(name, str) for name in names)
        or len(set(names)) < len(names)
    ):
        raise ValueError(
            f"{which}: capabilities must be an array of different strings, not {_shown(names)}"
        )
    rpc_id: int = members["rpc_id"]
    return PackageInfo(
        members["name"],
        members["comment"],
        Capability(members["capabilities_value"]),
        members["version"],
        RPC_AUTHN.get(rpc_id, rpc_id),
        members["max_token"],
    )


def _check(number: int, fields: Mapping[str, object]) -> None:
    for field, value in fields.items():
        problem = _text_problem(value) if field in TEXTS else _number_problem(field, value)
        if problem:
            wrong_type = not isinstance(value, str if field in TEXTS else int)
            error = TypeError if wrong_type or isinstance(value, bool) else ValueError
            raise error(f"{_which(number, fields)}: {field} {problem}")


def _text_problem(value: object) -> str:
    if not isinstance(value, str):
        return f"must be a string, not {_shown(value)}"
    if "\0" in value:
        return f"must not contain a NUL character: {_shown(value)}"
    if SURROGATE_PAIR.search(value):
        return f"must not contain a pair of surrogates: {_shown(value)}"
    return ""


def _number_problem(field: str, value: object) -> str:
    most = 0xFFFF if field in SIXTEEN_BITS else 0xFFFFFFFF
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most:
        return ""
    return f"must be an integer from 0 to {most}, not {_shown(value)}"


def _which(number: int, fields: Mapping[str, object]) -> str:
    name = fields.get("name")
    return f"package {number} ({_shown(name)})" if isinstance(name, str) else f"package {number}"


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        # An integer has more digits than Python prints, or an array is nested too deeply.
        text = f"a very large {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:77]}..."
