"""Run by the interpreter that an archive is for: compiles 0.py, 1.py, … under the names in names.json."""

import ast
import importlib.util
import json
import marshal
import sys
from pathlib import Path

_UNCHECKED_HASH = 1


def without_docstrings(tree: ast.Module) -> ast.Module:
    """The module without the strings that begin it, its classes and its functions."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = node.body[0] if node.body else None
        if (
            isinstance(first, ast.Expr)
            and isinstance(first.value, ast.Constant)
            and isinstance(first.value.value, str)
        ):
            node.body = node.body[1:] or [ast.copy_location(ast.Pass(), first)]
    return tree


def main(folder: Path) -> None:
    """Compile everything."""
    names = json.loads((folder / "names.json").read_text(encoding="utf-8"))
    for number, name in enumerate(names):
        source = (folder / f"{number}.py").read_bytes()
        code = compile(without_docstrings(ast.parse(source, name)), name, "exec", dont_inherit=True, optimize=0)
        head = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH.to_bytes(4, "little")
        content = head + importlib.util.source_hash(source) + marshal.dumps(code)
        (folder / f"{number}.pyc").write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
