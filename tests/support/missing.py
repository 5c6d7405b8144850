"""What a test does without something that it needs."""

from typing import NoReturn

import pytest

from .strict import STRICT


def missing(what: str, remedy: str) -> NoReturn:
    """Skip a test; where everything should be installed, fail it."""
    message = f"{what} is missing: {remedy}"
    if STRICT:
        pytest.fail(message)
    pytest.skip(message)
