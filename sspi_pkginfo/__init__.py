"""List the security packages of Windows, and ask how large their tokens can get.

A thin ctypes binding over the package management functions of SSPI: `EnumerateSecurityPackagesW`,
`QuerySecurityPackageInfoW` and `FreeContextBuffer`.

>>> import sspi_pkginfo
>>> sspi_pkginfo.query_max_token("Negotiate")
48256
"""

from ._errors import LibraryLoadError, PackageNotFoundError, SspiError
from ._flags import Capability, RpcAuthn
from ._library import (
    SspiLibrary,
    default_library,
    enumerate_packages,
    query_max_token,
    query_package,
)
from ._package_info import PackageInfo

__all__ = [
    "Capability",
    "LibraryLoadError",
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

# So that tracebacks and pickles name no private file.
for _name in __all__:
    globals()[_name].__module__ = __name__
del _name
