"""List the security packages of Windows, and query how large their tokens can get.

A thin ctypes binding over the package management functions of SSPI: `EnumerateSecurityPackagesW`,
`QuerySecurityPackageInfoW` and `FreeContextBuffer`. What is public is in `_library`.

>>> import sspi_pkginfo
>>> sspi_pkginfo.query_max_token("Negotiate")
48256
"""

__version__ = "1.0.0"

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from ._library import *  # noqa: F403
else:
    # Imported at the first use: the command imports this file before it can catch Ctrl-C.

    def __getattr__(name):
        if name == "__all__" or not name.startswith("_"):
            from . import _library

            if name in ("__all__", *_library.__all__):
                value = globals()[name] = getattr(_library, name)
                return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__():
        from ._library import __all__

        return [*{*globals(), *__all__}]
