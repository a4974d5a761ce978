import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from rio_tiler.errors import InvalidExpression
from rio_tiler.expression import apply_expression

from tiling.budget import Deadline
from tiling.errors import OutOfTime
from tiling.expression import ExpressionError, evaluate, expression_bands, parse_expression

A = np.array([[1.0, 4.0], [9.0, 0.0]], dtype=np.float32)
B = np.array([[3.0, 4.0], [1.0, 0.0]], dtype=np.float32)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(b1-b2)/(b1+b2)", (A - B) / np.where(A + B == 0, np.nan, A + B)),
        ("B1 * 2", A * 2),
        ("-b1 + b2 ** 2", -A + B**2),
        ("sqrt(b1)", np.sqrt(A)),
        ("where(b1 > b2, 1, 0)", np.where(A > B, 1, 0)),
        ("minimum(b1, b2) + 0 * b2", np.minimum(A, B)),
        ("1e-1 * b1 + .5", A * 0.1 + 0.5),
        ("b1 + 0 * b2 >= 4", A >= 4),
    ],
)
def test_band_maths_is_numpy_arithmetic(text: str, expected: np.ndarray) -> None:
    (tree,) = parse_expression(text)
    np.testing.assert_allclose(evaluate(tree, {1: A, 2: B}), np.asarray(expected, dtype=np.float32), rtol=1e-6)


def test_an_expression_ends_by_itself_when_its_time_is_over() -> None:
    looks = iter(range(100))
    (tree,) = parse_expression("tan(" * 50 + "b1" + ")" * 50)
    with pytest.raises(OutOfTime):
        evaluate(tree, {1: A}, Deadline(25, lambda: float(next(looks))))
    assert 25 < next(looks) < 30


def test_three_expressions_are_red_green_and_blue() -> None:
    trees = parse_expression("b3; b2; b7/2")
    assert len(trees) == 3
    assert expression_bands(trees) == (2, 3, 7)


@pytest.mark.parametrize(
    "text",
    [
        "", ";", "b1;b2", "b1;;", "1+1", "b0", "b99999", "b1 b2", "b1(2)", "1(b1)", "import os",
        "__import__('os')", "b1.real", "b1[0]", "b1 if b1 else b2", "lambda: b1", "b1 and b2", "b1 % 2",
        "b1 << 40", "b1 // 2", "0x1f + b1", "1_0 * b1", "1j * b1", "'a' * b1", "sqrt(b1, b2)", "sqrt(x=b1)",
        "sqrt", "open(b1)", "b1 < b2 < 3", "b1\n+b2\x00", "\uff19 * b1", "bogus", "b1 +" + " b1 +" * 60,
        "-" * 200 + "b1" * 30, "1if b1 else 2", "9e999 * b1", "b1 := 2", "f(b1)", "b1,b1", "()",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_expression(text)


@given(st.one_of(st.text(max_size=60), st.text(alphabet="b123()+-*/.,<>=!;esqrtwhl ", max_size=80)))
def test_no_text_raises_anything_but_an_expression_error(text: str) -> None:
    try:
        trees = parse_expression(text)
    except ExpressionError:
        return
    bands = dict.fromkeys(expression_bands(trees), A)
    for tree in trees:
        assert evaluate(tree, bands).shape == A.shape


def test_deep_nesting_is_no_danger() -> None:
    for depth in range(100, 126):
        try:
            (tree,) = parse_expression("(" * depth + "b1" + ")" * depth)
        except ExpressionError:
            continue
        np.testing.assert_array_equal(evaluate(tree, {1: A}), A)


def test_powers_of_powers_are_cheap_and_infinite() -> None:
    (tree,) = parse_expression("b1 * 9**9**9**9**9")
    assert np.isinf(evaluate(tree, {1: A})).any()


DRAWN = st.recursive(
    st.sampled_from(["b1", "b2", "2", "0.5"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda parts: "({}{}{})".format(*parts)),
        st.tuples(inner, st.sampled_from(["<", ">="]), inner).map(lambda parts: "where({}{}{},b1,b2)".format(*parts)),
        st.tuples(st.sampled_from(["sqrt", "abs", "exp", "arctan"]), inner).map(lambda parts: "{}({})".format(*parts)),
    ),
    max_leaves=6,
)


@given(DRAWN)
def test_a_drawn_expression_makes_what_rio_tiler_makes_of_it(text: str) -> None:
    text = f"{text} + 0*b1 + 0*b2"
    (tree,) = parse_expression(text)
    ours = evaluate(tree, {1: A, 2: B})
    try:
        with np.errstate(all="ignore"):
            (theirs,) = apply_expression([text], ["b1", "b2"], np.stack([A, B])).data
    except InvalidExpression as refused:
        assert isinstance(refused.__cause__, ZeroDivisionError), refused  # noqa: PT017
        reject()  # it works constants out by Python, which has no infinity for 2/(2-2): there is nothing to compare
    told = np.isfinite(ours) & (np.abs(ours) < 1e30)  # rio-tiler makes 0 of NaN, and numbers of infinity
    np.testing.assert_allclose(ours[told], theirs[told], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("text", ["b1*9**9**9**9", "b1+9**9**9**9*0", "b1*" + "(" * 60 + "9" + "**9)" * 60])
def test_a_constant_without_end_takes_no_time(text: str) -> None:
    """Of these rio-tiler's evaluator never comes back: Python works their constants out before there is an array."""
    try:
        (tree,) = parse_expression(text)
    except ExpressionError:
        return
    assert evaluate(tree, {1: A}).shape == A.shape
