"""The mutants of a source: one small change each. Pure."""

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
}  # fmt: skip
Place = tuple[ast.AST, str, int]
"""A node, the function that it is in, and where its statement begins."""
SWAPPED = {"min": "max", "max": "min", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """One change, named so that it stays the same while other lines move."""

    file: str
    within: str
    """The function, with its class; empty at the top of the module."""
    what: str
    """`a < b → a <= b`."""
    number: int
    """Of several that read the same in one function."""
    line: int
    statement: int
    """The line where the statement begins that it is in."""
    source: str
    """The whole module, changed."""

    @property
    def lines(self) -> list[tuple[str, int]]:
        """Who tests it comes by one of them."""
        return [(self.file, line) for line in range(self.statement, self.line + 1)]

    @property
    def module(self) -> str:
        return self.file.removesuffix(".py").replace("/", ".")

    @property
    def name(self) -> str:
        again = f" ({self.number + 1})" if self.number else ""
        return f"{self.file} {self.within or 'module'}: {self.what}{again}"


def mutants_of(file: str, source: str) -> list[Mutant]:
    """In the order of the source."""
    found, seen = list[Mutant](), Counter[tuple[str, str]]()
    for place, (node, within, statement) in enumerate(_changeable(ast.parse(source))):
        before = ast.unparse(node)
        for variant in range(_variants(node)):
            tree = ast.parse(source)
            changed = _changeable(tree)[place][0]
            what = f"{_short(before)} → {_short(ast.unparse(_change(changed, variant)))}"
            number, line = seen[within, what], getattr(node, "lineno", 0)
            found.append(Mutant(file, within, what, number, line, statement, ast.unparse(tree)))
            seen[within, what] += 1
    return found


def _short(code: str) -> str:
    line = " ".join(code.split())
    return line if len(line) <= 90 else f"{line[:60]} … {line[-28:]}"


def _walk(node: ast.AST, within: str, statement: int) -> Iterator[Place]:
    """What can be changed: no annotation, decorator, docstring, or default of a dataclass."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_comment"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _words(child):
                inner = within
                if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    inner = f"{within}.{child.name}".lstrip(".")
                begins = child.lineno if isinstance(child, ast.stmt) else statement
                yield child, inner, begins
                yield from _walk(child, inner, begins)


def _words(node: ast.AST) -> bool:
    """A docstring, or what is said in one."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.JoinedStr)


def _changeable(tree: ast.Module) -> list[Place]:
    return [place for place in _walk(tree, "", 0) if _variants(place[0])]


def _variants(node: ast.AST) -> int:
    """In how many ways it is changed."""
    match node:
        case ast.Compare():
            return sum(type(op) in COMPARED for op in node.ops)
        case ast.BoolOp():
            return 1 + len(node.values)  # and ↔ or; and each part left out
        case ast.BinOp():
            return int(type(node.op) in COUNTED)
        case ast.UnaryOp():
            return int(isinstance(node.op, ast.Not))
        case ast.Constant():
            return int(isinstance(node.value, bool | int | float))
        case ast.If() | ast.IfExp():
            return 2
        case ast.comprehension():
            return len(node.ifs)
        case ast.Call():
            return int(isinstance(node.func, ast.Name) and node.func.id in SWAPPED)
        case ast.Continue() | ast.Break():
            return 1
    return 0


def _change(node: ast.AST, variant: int) -> ast.AST:  # noqa: C901 – one case a kind
    """The node, changed in place."""
    match node:
        case ast.Compare():
            places = [n for n, op in enumerate(node.ops) if type(op) in COMPARED]
            node.ops[places[variant]] = COMPARED[type(node.ops[places[variant]])]()
        case ast.BoolOp() if variant == 0:
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        case ast.BoolOp():
            del node.values[variant - 1]
            if len(node.values) == 1:
                node.values = [node.values[0], copy.deepcopy(node.values[0])]
        case ast.BinOp():
            node.op = COUNTED[type(node.op)]()
        case ast.UnaryOp():
            node.operand = ast.UnaryOp(ast.Not(), node.operand)
        case ast.Constant():
            node.value = not node.value if isinstance(node.value, bool) else node.value + 1  # type: ignore[operator]
        case ast.If() | ast.IfExp():
            node.test = ast.Constant(variant == 0)
        case ast.comprehension():
            del node.ifs[variant]
        case ast.Call(func=ast.Name()):
            node.func = ast.Name(SWAPPED[node.func.id], ast.Load())  # type: ignore[attr-defined]
        case ast.Continue():
            node.__class__ = ast.Break  # type: ignore[assignment]
        case ast.Break():
            node.__class__ = ast.Continue  # type: ignore[assignment]
    return node
