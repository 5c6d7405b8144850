"""List the security packages of Windows, and query how large their tokens can get.

A thin ctypes binding over the package management functions of SSPI: `EnumerateSecurityPackagesW`,
`QuerySecurityPackageInfoW` and `FreeContextBuffer`.

>>> import sspi_pkginfo
>>> sspi_pkginfo.query_max_token("Negotiate")
48256
"""

import sys

try:
    from ._errors import LibraryLoadError, PackageNotFoundError, SspiError
    from ._flags import Capability, RpcAuthn
    from ._library import (
        SspiLibrary,
        default_library,
        enumerate_packages,
        query_max_token,
        query_package,
    )
    from ._package_info import PackageDict, PackageInfo
except KeyboardInterrupt:
    # The command imports this before its main can catch Ctrl-C. To import it all at the first use
    # is no way out: a child that is forked meanwhile waits for ever for the thread that imports.
    if sys.argv and ("sspi-pkginfo" in sys.argv[0] or sys.argv[0] == "-m"):
        sys.exit(130)
    raise

__all__ = [
    "Capability",
    "LibraryLoadError",
    "PackageDict",
    "PackageInfo",
    "PackageNotFoundError",
    "RpcAuthn",
    "SspiError",
    "SspiLibrary",
    "default_library",
    "enumerate_packages",
    "query_max_token",
    "query_package",
]
__version__ = "1.0.0"

# Tracebacks and pickles name no private file. At run time PackageDict is dict itself.
for _name in {*__all__} - {"PackageDict"}:
    globals()[_name].__module__ = __name__
