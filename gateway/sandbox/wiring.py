"""How handlers are given the sandbox and the program's control: by name, without validation of what is live."""

from typing import TypeAlias

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from .control import Control
from .world import Sandbox

Box: TypeAlias = NamedDependency[SkipValidation[Sandbox]]
Boss: TypeAlias = NamedDependency[SkipValidation[Control]]
