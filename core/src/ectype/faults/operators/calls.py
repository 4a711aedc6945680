"""Operators on calls: another function, another order, an argument or the whole call left out."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from ectype.faults.operators import Change, Code, last_name, operator

_PAIRS = (
    "mean/sum max/min amax/amin maximum/minimum argmax/argmin cummax/cummin fmax/fmin nanmean/nansum logical_and/logical_or "
    "sin/cos sinh/cosh asin/acos exp/expm1 log/log1p log2/log10 tril/triu tril_/triu_ zeros/ones zeros_/ones_ "
    "zeros_like/ones_like new_zeros/new_ones any/all softmax/log_softmax sigmoid/tanh floor/ceil floor_/ceil_ cumsum/cumprod "
    "rand/randn rand_like/randn_like uniform_/normal_ xavier_uniform_/xavier_normal_ kaiming_uniform_/kaiming_normal_ "
    "add/sub add_/sub_ mul/div mul_/div_ lt/le gt/ge eq/ne var/std var_mean/std_mean isnan/isinf encode/decode hstack/vstack "
    "no_grad/enable_grad scatter_/scatter_add_ startswith/endswith"
)
_ONE_WAY = (
    "prod>sum logsumexp>amax cos_>sin_ sin_>cos_ round>floor rsqrt>sqrt square>abs softplus>relu gelu>relu silu>relu "
    "relu>gelu logsigmoid>sigmoid norm>sum inference_mode>enable_grad expm1>exp log1p>log median>mean "
    "l1_loss>mse_loss mse_loss>l1_loss smooth_l1_loss>mse_loss"
)
OTHER = {
    **{a: b for pair in _PAIRS.split() for a, b in (pair.split("/"), pair.split("/")[::-1])},
    **dict(pair.split(">") for pair in _ONE_WAY.split()),
}
"""Functions that are easily taken for each other."""

WORDS = {"mean": "sum", "sum": "mean", "none": "mean", "batchmean": "mean", "left": "right", "right": "left"}
"""The same for words that a keyword argument takes."""

KEPT = frozenset(
    """
    len range isinstance issubclass enumerate zip map filter super print getattr setattr hasattr type id iter next open
    list tuple set dict frozenset str repr bytes float bool callable vars dir hash slice field replace cast
    contiguous items keys values tolist item require format join cpu
    zeros ones empty full eye arange linspace logspace rand randn randint randperm tensor manual_seed
    """.split()  # noqa: SIM905
)
"""Calls that are never dropped: what is left would not run, or would be the same."""

ORDERED = frozenset(
    """
    isinstance issubclass getattr setattr hasattr cast
    transpose transpose_ swapaxes swapdims min max minimum maximum isclose allclose equal logical_and logical_or gcd hypot
    """.split()  # noqa: SIM905
)
"""Calls whose first two arguments are never swapped: that would not run, or would be the same."""

GENERATORS = frozenset({"generator", "rng"})
ROOTS = frozenset({"sqrt", "rsqrt", "norm", "std", "var"})


@operator
def function(node: ast.AST, code: Code) -> Iterator[Change]:
    """Take a function for its twin: mean for sum, sine for cosine, upper for lower triangle."""
    if not isinstance(node, ast.Call) or not (other := OTHER.get(last_name(node.func))):
        return
    if isinstance(node.func, ast.Attribute):
        if last_name(node.func.value) not in ("self", "cls"):
            yield {node.func: ast.Attribute(node.func.value, other)}
    elif other in code.imported or other in vars(builtins):
        yield {node.func: ast.Name(other)}


@operator
def word(node: ast.AST, code: Code) -> Iterator[Change]:
    """Take another reduction or side, where it is given as a word."""
    if isinstance(node, ast.Constant) and isinstance(code.parents.get(node), ast.keyword) and node.value in WORDS:
        yield {node: ast.Constant(WORDS[node.value])}


@operator
def call(node: ast.AST, code: Code) -> Iterator[Change]:
    """Leave out a step: the argument goes through as it came in."""
    if not isinstance(node, ast.Call) or isinstance(code.parents.get(node), ast.Expr):
        return
    name = last_name(node.func)
    if name[:1].isupper() or (name.startswith("__") and name.endswith("__")):
        return
    if (operated := _operated(node, code)) is not None:
        yield {node: operated}


@operator
def argument_order(node: ast.AST, code: Code) -> Iterator[Change]:
    """Swap the first two arguments of a call."""
    if isinstance(node, ast.Call) and len(node.args) > 1 and last_name(node.func) not in ORDERED:
        first, second, *rest = node.args
        if not (isinstance(first, ast.Starred) or isinstance(second, ast.Starred)):
            yield {node: ast.Call(node.func, [second, first, *rest], node.keywords)}


@operator
def keyword(node: ast.AST, code: Code) -> Iterator[Change]:
    """Leave out a keyword argument, so that the default holds: of an axis, a mask, a generator."""
    if isinstance(node, ast.Call) and last_name(node.func) != "zip":  # strict= is for whoever made another mistake
        for position, given in enumerate(node.keywords):
            if given.arg is not None:
                rest = [other for at, other in enumerate(node.keywords) if at != position]
                yield {node: ast.Call(node.func, node.args, rest)}


@operator
def variance(node: ast.AST, code: Code) -> Iterator[Change]:
    """Take the biased variance for the unbiased one, or the other way round."""
    if isinstance(node, ast.Call) and last_name(node.func) in ("var", "std", "var_mean", "std_mean"):
        for given in node.keywords:
            if given.arg in ("correction", "unbiased", "ddof") and isinstance(given.value, ast.Constant):
                other = not given.value.value
                yield {given.value: ast.Constant(other if given.arg == "unbiased" else int(other))}
                return
        biased = ast.keyword("correction", ast.Constant(0))
        yield {node: ast.Call(node.func, node.args, [*node.keywords, biased])}


@operator
def order(node: ast.AST, code: Code) -> Iterator[Change]:
    """Take steps in another order: normalise before the residual is added, put epsilon outside of the root."""
    if isinstance(node, ast.Call) and (inner := _operated(node, code)) is not None:
        if isinstance(inner, ast.Call) and ast.dump(node.func) != ast.dump(inner.func):
            start = _operated(inner, code)
            if start is not None:
                yield {node: _applied(inner, _applied(node, start, code), code)}
        elif isinstance(inner, ast.BinOp) and isinstance(inner.op, (ast.Add, ast.Sub)):
            yield {node: ast.BinOp(_applied(node, inner.left, code), inner.op, inner.right)}
            if isinstance(inner.op, ast.Add):
                yield {node: ast.BinOp(inner.left, inner.op, _applied(node, inner.right, code))}
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        for outer, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(outer, ast.Call) and last_name(outer.func) in ROOTS:
                start = _operated(outer, code)
                if start is not None:
                    yield {node: _applied(outer, ast.BinOp(start, ast.Add(), other), code)}


@operator
def randomness(node: ast.AST, code: Code) -> Iterator[Change]:
    """Ignore the seed or the generator."""
    parent = code.parents.get(node)
    if isinstance(node, ast.Name) and isinstance(parent, ast.Call) and node in parent.args:
        if node.id in GENERATORS:
            yield {node: ast.Constant(None)}
        elif node.id == "seed" or node.id.endswith("_seed"):
            yield {node: ast.Constant(0)}


def _receives(call: ast.Call, code: Code) -> bool:
    """Return whether a call works on its receiver (``x.exp()``), not on its first argument (``torch.exp(x)``)."""
    if not isinstance(call.func, ast.Attribute):
        return False
    root: ast.expr = call.func.value
    if isinstance(root, ast.Name) and root.id in ("self", "cls"):
        return False
    while isinstance(root, ast.Attribute):
        root = root.value
    return not (isinstance(root, ast.Name) and root.id in code.imported)


def _operated(call: ast.Call, code: Code) -> ast.expr | None:
    """Return what a call works on, or None where that cannot be said."""
    if last_name(call.func) in KEPT or not last_name(call.func):
        return None
    if _receives(call, code):
        assert isinstance(call.func, ast.Attribute)
        receiver = call.func.value
        return None if isinstance(receiver, ast.Call) and last_name(receiver.func) == "super" else receiver
    first = call.args[0] if call.args else None
    return None if isinstance(first, (ast.Starred, ast.GeneratorExp)) else first


def _applied(call: ast.Call, value: ast.expr, code: Code) -> ast.expr:
    """Return a call that works on another value."""
    if _receives(call, code):
        assert isinstance(call.func, ast.Attribute)
        return ast.Call(ast.Attribute(value, call.func.attr), call.args, call.keywords)
    return ast.Call(call.func, [value, *call.args[1:]], call.keywords)
