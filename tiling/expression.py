"""Band maths: a small language that users may write, parsed strictly and evaluated with numpy.

Grammar (case-insensitive, at most `MAX_LENGTH` characters)::

    expressions = expression [ ";" expression ";" expression ]       one value, or red; green; blue
    expression  = comparison of sums, with Python's precedence: < <= > >= == !=  + -  * /  unary -  **
    atom        = b1, b2, … | number | "(" expression ")" | function "(" expression, … ")"
    function    = abs sqrt log log10 exp sin cos tan arctan minimum maximum where

Python's parser builds the tree, an allow-list of its nodes decides what may be in it, and no other name exists.
"""

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tiling.budget import NO_DEADLINE, Deadline

MAX_LENGTH = 256
_FLOAT_BYTES = 4
_TEMPORARIES = 6
"""Arrays that an expression has at once beside its bands."""
MAX_BAND = 65535  # TIFF counts samples per pixel in 16 bits

Values = NDArray[np.float32]

_NUMBER = r"(?:\d{1,12}(?:\.\d{0,12})?|\.\d{1,12})(?:e[+-]?\d{1,2})?(?![\w.])"
_TOKENS = re.compile(rf"(?:\s|{_NUMBER}|[a-z][a-z0-9]*|\*\*|[<>=!]=|[-+*/(),<>])*")
_LOST_PLUS = re.compile(r"[\w.)]\s+[\w.(]")
_BAND = re.compile(r"b([1-9]\d{0,4})")

_BINARY: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}
_FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "abs": (1, np.abs),
    "sqrt": (1, np.sqrt),
    "log": (1, np.log),
    "log10": (1, np.log10),
    "exp": (1, np.exp),
    "sin": (1, np.sin),
    "cos": (1, np.cos),
    "tan": (1, np.tan),
    "arctan": (1, np.arctan),
    "minimum": (2, np.minimum),
    "maximum": (2, np.maximum),
    "where": (3, lambda condition, yes, no: np.where(np.asarray(condition, dtype=bool), yes, no)),
}


class ExpressionError(ValueError):
    """The text is not an expression of this language. The message says what is wrong with it."""


def parse_expression(text: str) -> tuple[ast.expr, ...]:
    """Parse one expression, or three of them separated by semicolons.

    Raises ExpressionError. Never raises anything else, whatever the text.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"an expression must have at most {MAX_LENGTH} characters")
    parts = text.lower().split(";")
    if len(parts) not in (1, 3):
        raise ExpressionError("give one expression, or three separated by semicolons")
    trees = tuple(_parse_one(part) for part in parts)
    if not expression_bands(trees):
        raise ExpressionError("an expression must use at least one band: b1, b2, …")
    return trees


def expression_bands(trees: tuple[ast.expr, ...]) -> tuple[int, ...]:
    """Return the band numbers (from 1) that the expressions use, ascending."""
    names = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return tuple(sorted(int(name[1:]) for name in names if _BAND.fullmatch(name)))


def expression_bytes(dtype: str, bands: tuple[int, ...], results: int) -> int:
    """Return the bytes that a pixel takes while expressions are worked out: as stored, in float32, and results."""
    stored = np.dtype(dtype).itemsize
    return len(bands) * (max(stored, _FLOAT_BYTES) + _FLOAT_BYTES) + (2 * results + _TEMPORARIES) * _FLOAT_BYTES + 4


def evaluate(tree: ast.expr, bands: Mapping[int, Values], deadline: Deadline = NO_DEADLINE) -> Values:
    """Evaluate an expression on bands of one shape, as float32. Division by zero and the like give inf or NaN.

    Raises OutOfTime soon after a deadline: each step is asked for.
    """
    shape = next(iter(bands.values())).shape
    with np.errstate(all="ignore"):
        return np.broadcast_to(np.asarray(_value(tree, bands, deadline), dtype=np.float32), shape)


def _parse_one(text: str) -> ast.expr:
    if not text.strip() or not _TOKENS.fullmatch(text):
        raise ExpressionError("an expression is made of bands (b1), numbers, + - * / **, comparisons and functions")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        _check(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as exc:
        reason = str(exc) if isinstance(exc, ExpressionError) else f"the expression cannot be parsed{_hint(text)}"
        raise ExpressionError(reason) from exc
    return tree


def _hint(text: str) -> str:
    """Say what a space between two values may have been."""
    if not _LOST_PLUS.search(text):
        return ""
    return "; a + in an address arrives as a space unless it is written as %2B"


def _check(node: ast.AST) -> None:
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            children = [left, right]
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _BINARY:
            children = [left, right]
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            children = [operand]
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            if len(args) != _FUNCTIONS[name][0]:
                raise ExpressionError(f"{name} takes {_FUNCTIONS[name][0]} argument(s)")
            children = args
        case ast.Constant(value=int() | float()):
            return
        case ast.Name(id=name) if (band := _BAND.fullmatch(name)) and int(band[1]) <= MAX_BAND:
            return
        case _:
            raise ExpressionError("only bands (b1), numbers, + - * / **, comparisons and known functions are allowed")
    for child in children:
        _check(child)


def _value(node: ast.expr, bands: Mapping[int, Values], deadline: Deadline) -> Any:
    deadline.check()
    match node:
        case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]):
            return _BINARY[type(op)](_value(left, bands, deadline), _value(right, bands, deadline))
        case ast.UnaryOp(op=op, operand=operand):
            value = _value(operand, bands, deadline)
            return np.negative(value) if isinstance(op, ast.USub) else value
        case ast.Call(func=ast.Name(id=name), args=args):
            return _FUNCTIONS[name][1](*(_value(arg, bands, deadline) for arg in args))
        case ast.Name(id=name):
            return bands[int(name[1:])]
        case ast.Constant(value=int() | float() as value):
            return np.float32(value)
    raise AssertionError("parse_expression lets no other node pass")
