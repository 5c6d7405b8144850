"""Field by field against what others say of the same native libraries."""

import sys
from dataclasses import astuple

import pytest
from support.libraries import LIBRARIES
from support.missing import missing

import sspi_pkginfo

on_windows = pytest.mark.skipif(sys.platform != "win32", reason="for secur32.dll, on Windows")
off_windows = pytest.mark.skipif(sys.platform == "win32", reason="Windows has secur32.dll")

WINPR_PACKAGES = [
    ("NTLM", "NTLM Security Package", 0x82B37, 1, 10, 2888),
    ("Kerberos", "Kerberos Security Package", 0xF3BBF, 1, 16, 48000),
    ("Negotiate", "Microsoft Package Negotiator", 0x83BB3, 1, 9, 12256),
    ("CREDSSP", "Microsoft CredSSP Security Provider", 0x110733, 1, 0xFFFF, 37032),
    ("Schannel", "Schannel Security Package", 0x107B3, 1, 14, 24576),
]


def test_equals_what_sspilib_reads() -> None:
    try:
        from sspilib.raw import enumerate_security_packages
    except ImportError:
        missing("sspilib", "python -m pip install sspilib, where it has a wheel")
    theirs = [
        (p.name, p.comment, int(p.capabilities), p.version, p.rpcid, p.max_token)
        for p in enumerate_security_packages()
    ]
    # sspilib is on secur32.dll on Windows and on sspi-rs elsewhere, as the default library is.
    assert [astuple(package) for package in sspi_pkginfo.enumerate_packages()] == theirs


@off_windows
def test_equals_what_is_known_of_winpr() -> None:
    [library] = LIBRARIES["WinPR"]()
    assert [astuple(package) for package in library.enumerate_packages()] == WINPR_PACKAGES


@on_windows
def test_equals_what_pywin32_reads() -> None:
    try:
        import win32security
    except ImportError:
        missing("pywin32", "pip install pywin32")

    def of_pywin32(package: dict[str, object]) -> tuple[object, ...]:
        fields = ("Name", "Comment", "Capabilities", "Version", "RPCID", "MaxToken")
        return tuple(package[field] for field in fields)

    packages = sspi_pkginfo.enumerate_packages()
    assert [astuple(package) for package in packages] == [
        of_pywin32(package) for package in win32security.EnumerateSecurityPackages()
    ]
    for package in packages:
        theirs = of_pywin32(win32security.QuerySecurityPackageInfo(package.name))
        assert astuple(sspi_pkginfo.query_package(package.name)) == theirs
