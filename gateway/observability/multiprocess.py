"""Where several workers of one gateway keep their figures, so that whichever is scraped tells the sum.

Apart from `metrics.py`, because the server's process must not import prometheus_client: the library decides at its
import, and a worker inherits what is imported, whether it counts in memory or in this directory."""

import contextlib
import os
import tempfile
from collections.abc import Iterator

# prometheus_client's own variable
DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"


@contextlib.contextmanager
def shared(workers: int) -> Iterator[None]:
    """Around the serving of several workers: a directory for their figures, gone with them."""
    if workers < 2:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="slotgate-metrics-") as directory:
        os.environ[DIRECTORY] = directory
        try:
            yield
        finally:
            del os.environ[DIRECTORY]
