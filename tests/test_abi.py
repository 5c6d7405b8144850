"""The declarations against Windows' own headers, as the compilers for 64 and 32 bits read them.

What they compile cannot run here and need not: each declaration of ours becomes an assertion in C,
so a mismatch is a compiler's error that names it.
"""

import ctypes
import shutil
import subprocess
import sys
from collections.abc import Iterable
from ctypes import POINTER, Structure, c_uint32, c_uint64, c_void_p, sizeof

import pytest
from support.missing import missing

from sspi_pkginfo import Capability, RpcAuthn, SspiLibrary
from sspi_pkginfo._calls import Calls
from sspi_pkginfo._errors import SecurityStatus
from sspi_pkginfo._native import (
    SEC_WCHAR_P,
    SECURITY_STATUS,
    ULONG,
    PSecPkgInfoW,
    SecPkgInfoW,
)

HEADERS = """
#define SECURITY_WIN32
#include <stddef.h>
#include <windows.h>
#include <sspi.h>
#include <rpcdce.h>
#include <winerror.h>
"""

# The compilers, and the size of their pointers.
COMPILERS = {"x86_64-w64-mingw32-gcc": 8, "i686-w64-mingw32-gcc": 4}

# Microsoft documents these, and mingw's rpcdce.h need not have them.
UNKNOWN_TO_MINGW = {
    "KERNEL": 20,
    "NEGO_EXTENDER": 30,
    "PKU2U": 31,
    "LIVE_SSP": 32,
    "LIVEXP_SSP": 35,
    "CLOUD_AP": 36,
    "MSONLINE": 82,
}

# Not identifiers of a service that wRPCID could hold: levels, a kind of parameter, and 0xFFFFFFFF.
NO_SERVICE = ("LEVEL_", "INFO_TYPE_", "DEFAULT")

# Each function as C declares it, and as ctypes must.
FUNCTIONS = {
    "_enumerate": (
        "EnumerateSecurityPackagesW(unsigned long *, PSecPkgInfoW *)",
        [POINTER(ULONG), POINTER(PSecPkgInfoW)],
    ),
    "_query": (
        "QuerySecurityPackageInfoW(SEC_WCHAR *, PSecPkgInfoW *)",
        [SEC_WCHAR_P, POINTER(PSecPkgInfoW)],
    ),
    # Without argtypes: see load().
    "_free": ("FreeContextBuffer(void *)", None),
}


def run(compiler: str, program: str, *flags: str) -> str:
    done = subprocess.run(
        [compiler, "-x", "c", *flags, "-"],
        input=HEADERS + program,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(params=COMPILERS)
def compiler(request: pytest.FixtureRequest) -> str:
    if sys.platform == "win32":
        pytest.skip("the compilers run on Linux")
    name: str = request.param
    if shutil.which(name) is None:
        missing(name, f"apt-get install gcc-{name.removesuffix('-gcc').replace('_', '-')}")
    return name


def check_equal(compiler: str, expected: Iterable[tuple[str, int]]) -> None:
    """Let the compiler check that each constant expression in C has that value."""
    assertions = [
        f'_Static_assert(({expression}) == {value}, "{expression} is not {value}");\n'
        for expression, value in expected
    ]
    assert assertions
    run(compiler, "".join(assertions), "-fsyntax-only")


def macros(compiler: str, prefix: str) -> set[str]:
    """Return what follows that prefix in the names that the headers define."""
    words = [line.split()[1] for line in run(compiler, "", "-E", "-dM").splitlines()]
    names = {word.removeprefix(prefix) for word in words if word.startswith(prefix)}
    assert names
    return names


def services(compiler: str) -> set[str]:
    names = macros(compiler, "RPC_C_AUTHN_")
    return {name for name in names if not name.startswith(NO_SERVICE)}


def layout_where_a_pointer_is(pointer: type) -> type[Structure]:
    class Layout(Structure):
        _fields_ = tuple(
            (name, pointer if kind is SEC_WCHAR_P else kind) for name, kind in SecPkgInfoW._fields_
        )

    return Layout


def test_the_structure_is_laid_out_as_in_the_header(compiler: str) -> None:
    layout = layout_where_a_pointer_is({8: c_uint64, 4: c_uint32}[COMPILERS[compiler]])
    expected = [("sizeof(SecPkgInfoW)", sizeof(layout))]
    for name, *_ in layout._fields_:
        field = getattr(layout, name)
        expected.append((f"offsetof(SecPkgInfoW, {name})", field.offset))
        expected.append((f"sizeof(((SecPkgInfoW *)0)->{name})", field.size))
    check_equal(compiler, expected)


def test_the_numbers_in_the_structure_are_unsigned_as_in_the_header(compiler: str) -> None:
    check_equal(
        compiler,
        [
            (f"(__typeof__(((SecPkgInfoW *)0)->{name}))-1 > 0", int(kind(-1).value > 0))
            for name, kind in SecPkgInfoW._fields_
            if kind is not SEC_WCHAR_P
        ],
    )


def test_the_structure_has_the_size_and_offsets_of_this_machine() -> None:
    size, offsets = {
        8: (32, {"cbMaxToken": 8, "Name": 16, "Comment": 24}),
        4: (20, {"cbMaxToken": 8, "Name": 12, "Comment": 16}),
    }[sizeof(c_void_p)]
    assert sizeof(SecPkgInfoW) == size
    assert {name: getattr(SecPkgInfoW, name).offset for name, *_ in SecPkgInfoW._fields_} == {
        "fCapabilities": 0,
        "wVersion": 4,
        "wRPCID": 6,
        **offsets,
    }


@pytest.mark.parametrize(("prototype", "_"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_prototype_is_the_headers(compiler: str, prototype: str, _: object) -> None:
    # To declare a function again is an error unless it is the same to the calling convention.
    run(compiler, f"SECURITY_STATUS __stdcall {prototype};", "-fsyntax-only")


def test_a_status_is_the_headers(compiler: str) -> None:
    expected = [
        ("sizeof(SECURITY_STATUS)", sizeof(SECURITY_STATUS)),
        ("(SECURITY_STATUS)-1 > 0", int(SECURITY_STATUS(-1).value > 0)),
    ]
    check_equal(compiler, expected)


@pytest.fixture
def calls(native: SspiLibrary) -> Calls:
    return getattr(native._calls, "_calls", native._calls)


@pytest.mark.parametrize(("function", "argtypes"), [(f, a) for f, (_, a) in FUNCTIONS.items()])
def test_the_prototype_is_declared(
    calls: Calls, function: str, argtypes: list[type] | None
) -> None:
    native = getattr(calls, function)
    assert native.argtypes == argtypes
    assert native.restype is SECURITY_STATUS


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_calling_convention_is_stdcall_on_windows_alone(calls: Calls, function: str) -> None:
    is_cdecl = bool(getattr(calls, function)._flags_ & ctypes._FUNCFLAG_CDECL)
    assert is_cdecl == (sys.platform != "win32")


def test_every_capability_of_the_header_is_here(compiler: str) -> None:
    assert macros(compiler, "SECPKG_FLAG_") - {*Capability.__members__} == set()


def test_every_capability_here_is_the_headers(compiler: str) -> None:
    check_equal(compiler, [(f"SECPKG_FLAG_{flag.name}", flag.value) for flag in Capability])


def test_every_rpc_service_of_the_header_is_here(compiler: str) -> None:
    assert services(compiler) - {*RpcAuthn.__members__} == set()


def test_every_rpc_service_here_is_the_headers(compiler: str) -> None:
    known = services(compiler)
    check_equal(
        compiler,
        [(f"RPC_C_AUTHN_{rpc.name}", rpc.value) for rpc in RpcAuthn if rpc.name in known],
    )


def test_a_rpc_service_that_the_header_lacks_is_one_that_microsoft_documents(
    compiler: str,
) -> None:
    known = services(compiler) | {"ID_NONE"}
    lacking = {rpc.name: rpc.value for rpc in RpcAuthn if rpc.name not in known}
    assert lacking.items() <= UNKNOWN_TO_MINGW.items()


def test_the_identifier_for_no_rpc_service_is_the_headers(compiler: str) -> None:
    check_equal(compiler, [("SECPKG_ID_NONE", RpcAuthn.ID_NONE.value)])


def test_every_status_symbol_here_is_the_headers(compiler: str) -> None:
    check_equal(compiler, [(f"(DWORD){status.name}", status.value) for status in SecurityStatus])
