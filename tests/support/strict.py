"""Whether what is missing is a failure: the gate says so, where everything is installed."""

import os

STRICT = bool(os.environ.get("SSPI_PKGINFO_STRICT"))
