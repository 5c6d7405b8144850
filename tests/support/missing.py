"""What a test does without something that it needs."""

import os
from typing import NoReturn

import pytest


def missing(what: str, remedy: str) -> NoReturn:
    """Skip a test; where everything should be installed, fail it."""
    message = f"{what} is missing: {remedy}"
    if os.environ.get("SSPI_PKGINFO_STRICT"):
        pytest.fail(message)
    pytest.skip(message)
