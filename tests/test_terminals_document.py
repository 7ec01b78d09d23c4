"""The table of dialects names a test for each, and each of these tests is there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs" / "terminals.md").read_text(encoding="utf-8")


def test_each_row_names_a_test_that_is_there() -> None:
    rows = re.findall(r"^\| (?!dialect|---)([^|]+) \| ([^|]+) \|$", DOCUMENT, re.MULTILINE)
    assert len(rows) > 10
    for what, proof in rows:
        named = re.findall(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`", proof)
        assert named, f"{what}: no test is named"
        for path, name in named:
            tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
            tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
            assert not name or name in tests, f"{what}: there is no {name} in {path}"
