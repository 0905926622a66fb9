"""The rules of naming that `tests/unit/test_house_rules.py` holds."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("backend", "bot", "gateway")

# a public function of one word is one of these verbs; its module says what it is done to (`codec.encode`)
ACCEPTED_VERBS = frozenset(
    [
        "approve",
        "backup",
        "begin",
        "cancel",
        "check",
        "claim",
        "close",
        "compile",
        "configure",
        "confirm",
        "create",
        "decline",
        "decode",
        "delete",
        "encode",
        "erase",
        "escape",
        "export",
        "find",
        "load",
        "main",
        "migrate",
        "move",
        "offload",
        "open",
        "parse",
        "read",
        "record",
        "remove",
        "render",
        "replay",
        "report",
        "restore",
        "run",
        "save",
        "send",
        "serve",
        "start",
        "stop",
        "undo",
        "update",
        "upload",
        "verify",
        "wait",
        "write",
    ]
)
# a name that as many modules of a package define as there are rooms of a kind, with the reason
CONVENTIONAL: dict[str, str] = {}
# rooms whose classes may have a name that another module's class has as well, with the reason
OWN_WORDS = {
    "backend.tenancy.business.structs": "a business's file describes the same things as the wire, in its own shape",
    "gateway.sandbox": "it speaks the Bot API's words: a message and a webhook are Telegram's",
}
# third parties' modules that their own documentation imports under a short name
USUAL_ALIASES = {("rich_click", "click"), ("hypothesis.strategies", "st"), ("datetime", "dt")}

Trees = list[tuple[str, ast.Module]]


def modules(folder: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield each module's dotted name and its syntax tree."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        yield name, ast.parse(path.read_text())


def public_functions(tree: ast.Module) -> Iterator[str]:
    """Yield the names of a module's own public functions; methods are named by their class."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node.name


def public_classes(tree: ast.Module) -> Iterator[str]:
    """Yield the names of a module's own public classes."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name


def shared_names(package: str, trees: Trees) -> Iterator[str]:
    """Yield a line for each public function name that three or more modules of the package define."""
    definitions = defaultdict(set)
    for module, tree in trees:
        for name in public_functions(tree):
            definitions[name].add(module)
    for name, places in sorted(definitions.items()):
        if len(places) >= 3 and name not in CONVENTIONAL:
            yield f"shared {package} {name}"


def shared_classes(package: str, trees: Trees) -> Iterator[str]:
    """Yield a line for each public class name that two modules of the package define: no name means two things."""
    definitions = defaultdict(set)
    for module, tree in trees:
        if not any(module == room or module.startswith(f"{room}.") for room in OWN_WORDS):
            for name in public_classes(tree):
                definitions[name].add(module)
    yield from (f"class {package} {name}" for name, places in sorted(definitions.items()) if len(places) >= 2)


def one_word_names(trees: Trees) -> Iterator[str]:
    """Yield a line for each public function whose name is one word and no accepted verb."""
    for module, tree in trees:
        for name in sorted(public_functions(tree)):
            if "_" not in name and name not in ACCEPTED_VERBS:
                yield f"word {module} {name}"


def is_module(name: str) -> bool:
    """Return whether a module of that dotted name can be imported."""
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # its parent is a module and no package
        return False


def renamed_modules(tree: ast.AST) -> Iterator[str]:
    """Yield the names under which a module imports others that have another name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [(alias.name, alias.asname) for alias in node.names if alias.asname]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [(f"{node.module}.{alias.name}", alias.asname) for alias in node.names if alias.asname]
        else:
            continue
        for full, short in names:
            if short and (full, short) not in USUAL_ALIASES and is_module(full):
                yield short


def renaming_imports(trees: Trees) -> Iterator[str]:
    """Yield a line for each module that is imported under another name."""
    for module, tree in trees:
        yield from (f"alias {module} {short}" for short in sorted(set(renamed_modules(tree))))


def offenders(folder: str) -> set[str]:
    """Return a line for each name in the folder that breaks a rule."""
    trees = list(modules(folder))
    found = set(renaming_imports(trees))
    if folder in PACKAGES:
        found |= {*shared_names(folder, trees), *shared_classes(folder, trees), *one_word_names(trees)}
    return found
