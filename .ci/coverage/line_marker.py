# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The statements of a Python file: the lines at which they begin, and code that marks each as it runs it.

Left out is what does nothing when it runs: docstrings, declarations such as `x: int` and `global x`, `from __future__`, and
what only a type checker reads.
"""

import ast

NAME = "__marks__"


def statements(source):
    """The numbers of the lines at which a statement begins."""
    return _mark(ast.parse(source))


def marked(source):
    """The syntax tree of the source with the marks."""
    tree = ast.parse(source)
    last = max(_mark(tree), default=0)
    begin = 0
    # A docstring and the imports from __future__ have to be first.
    while begin < len(tree.body) and _does_nothing(tree.body[begin]):
        begin += 1
    tree.body[begin:begin] = ast.parse("%s = __import__('line_recorder').marks(globals(), %d)" % (NAME, last + 1)).body
    return tree


def _mark(node):
    """Puts marks into the node. Returns the lines."""
    lines = set()
    for field in ("body", "orelse", "finalbody"):
        block = []
        for each in getattr(node, field, ()):
            if not _does_nothing(each):
                lines.add(each.lineno)
                block.append(_mark_of(each))
            block.append(each)
            if not _is_for_type_checkers(each):
                lines |= _mark(each)
        if block:
            setattr(node, field, block)
    for each in getattr(node, "handlers", []) + getattr(node, "cases", []):
        lines |= _mark(each)
    return lines


def _mark_of(statement):
    mark = ast.parse("%s[%d] = 1" % (NAME, statement.lineno)).body[0]
    for each in ast.walk(mark):
        ast.copy_location(each, statement)
    return mark


def _does_nothing(statement):
    return (
        isinstance(statement, (ast.Global, ast.Nonlocal))
        or (isinstance(statement, ast.ImportFrom) and statement.module == "__future__")
        or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        or (isinstance(statement, ast.AnnAssign) and statement.value is None)
    )


def _is_for_type_checkers(statement):
    return isinstance(statement, ast.If) and ast.unparse(statement.test).rpartition(".")[2] == "TYPE_CHECKING"
