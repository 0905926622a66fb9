"""What the machine itself must bring (a browser, Node.js): CI installs it, elsewhere its tests are skipped by name."""

import os
from typing import NoReturn

import pytest


def lacking(sentence: str) -> NoReturn:
    """Skips the test where a person runs the suite; fails it in CI, which must not lose a test unseen."""
    if os.environ.get("CI"):
        pytest.fail(sentence)
    pytest.skip(sentence)
