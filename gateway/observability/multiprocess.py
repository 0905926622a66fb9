"""Where several workers of one gateway keep their figures, so that the one that is scraped gives the sum.

Apart from `metrics`, because the server's parent process must not import prometheus_client: the library decides at its
import whether it counts in memory or in this directory, and a worker inherits what is imported.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator

# prometheus_client's own variable
DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"


@contextlib.contextmanager
def shared_figures(workers: int) -> Iterator[None]:
    """Provide a directory for the figures of several workers while the gateway serves; none for one worker."""
    if workers < 2:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="slotgate-metrics-") as directory:
        os.environ[DIRECTORY] = directory
        try:
            yield
        finally:
            del os.environ[DIRECTORY]
