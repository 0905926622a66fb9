"""Where a tenant's file says something, for what turns out to be wrong with it only while it is served."""

from pathlib import Path

import yaml

from backend.kit.yaml_document import FileProblem


def find_place(path: Path, key: str, message: str) -> FileProblem:
    """Return a problem with what the file says under a key, at its place; at the beginning where the file has changed."""
    try:
        root = yaml.compose(path.read_bytes(), yaml.SafeLoader)
    except (OSError, yaml.YAMLError):
        root = None
    pairs = root.value if isinstance(root, yaml.MappingNode) else ()
    mark = next((value.start_mark for name, value in pairs if name.value == key), None)
    line, column = (1, 1) if mark is None else (mark.line + 1, mark.column + 1)
    return FileProblem(str(path), line, column, key, message)
