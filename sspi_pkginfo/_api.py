"""What is public: importable from `sspi_pkginfo`, and said to be of it."""

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

# So that tracebacks and pickles name no private file. At run time PackageDict is dict itself.
for _name in {*__all__} - {"PackageDict"}:
    globals()[_name].__module__ = __package__
