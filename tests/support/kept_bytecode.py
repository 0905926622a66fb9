"""A plugin of pytest: compiled modules are kept for the processes that follow, whatever the environment says.

The suite starts some hundred Python processes. With PYTHONDONTWRITEBYTECODE, which images of containers often set, each
of them would compile the product and its libraries anew: two seconds of a processor.
"""

import os
import sys

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
