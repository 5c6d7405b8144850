"""List the security packages of Windows, and query how large their tokens can get.

A thin ctypes binding over the package management functions of SSPI: `EnumerateSecurityPackagesW`,
`QuerySecurityPackageInfoW` and `FreeContextBuffer`. What is public is listed in `_api`.

>>> import sspi_pkginfo
>>> sspi_pkginfo.query_max_token("Negotiate")
48256
"""

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from ._api import *  # noqa: F403

__version__ = "1.0.0"

# Everything is imported at its first use: the command imports this file before it can catch Ctrl-C.


def __getattr__(name: str) -> object:
    if name.startswith("_") and name != "__all__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import _api

    try:
        value = globals()[name] = getattr(_api, name)
    except AttributeError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    return value


def __dir__() -> list[str]:
    from ._api import __all__

    return [*globals(), *__all__]
