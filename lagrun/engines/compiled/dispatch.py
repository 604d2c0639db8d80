"""Functions whose compiled body is chosen by the type of their first argument, like `functools.singledispatch`.

With them, one training loop serves every net: numba compiles it once per type of net, with that net's own passes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from numba.extending import overload

from lagrun.engines.compiled.jit import OPTIONS, function, routine


def by_net(stub: Callable[..., Any], is_long: bool = False) -> Any:
    """Turn an empty function of ``(net, *rest)`` into one that calls the body registered for the net's type.

    Bodies are registered by ``@stub.register(NetType)``. Where there is none, the function returns None.
    """
    bodies: dict[type, Any] = {}

    def choose(net: Any, *rest: Any) -> Any:
        body = bodies.get(net.instance_class)
        if body is None:
            return lambda net, *rest: None
        return lambda net, *rest: body(net, *rest)

    # A call that is not inlined puts every field of the net on the stack, about 250 words.
    options = OPTIONS if is_long else {**OPTIONS, "forceinline": True}
    overload(stub, jit_options=options, strict=False)(choose)

    def register(net_type: type) -> Callable[[Callable[..., Any]], Any]:
        def add(body: Callable[..., Any]) -> Any:
            bodies[net_type] = (routine if is_long else function)(body)
            return bodies[net_type]

        return add

    stub.register = register
    return stub


@by_net
def prepare(net: Any) -> Any:
    """Prepare the net for its first training sequence. Called at each start of a loop; must act only the first time."""


@partial(by_net, is_long=True)
def forward(net: Any, ids: Any, n_steps: Any, first: Any) -> Any:
    """Run a whole sequence; write the outputs' net inputs of step ``first + r`` into row r of ``net.logits``."""


@partial(by_net, is_long=True)
def backward(net: Any, ids: Any, n_steps: Any, first: Any) -> Any:
    """Write the gradient of every weight, given that of the net inputs in ``net.logits``."""


@by_net
def begin(net: Any) -> Any:
    """Start a sequence that is learnt step by step."""


@by_net
def step(net: Any, symbol: Any) -> Any:
    """Advance by one input symbol; write the outputs' net inputs into row 0 of ``net.logits``."""


@by_net
def add_step_gradient(net: Any, symbol: Any, target: Any, factor: Any, into: Any, measured: Any) -> Any:
    """Add `factor` times the gradient of the step's error to `into`, the net's weights or its gradients.

    Row 0 of ``net.logits`` has the gradient of the net inputs. `into` may be the very weights that the gradient is
    computed from. Returns the sum of squares of the gradient, if that is to be `measured`.
    """


@by_net
def grow(net: Any, error: Any) -> Any:
    """Take in the error of a training sequence, and add units where it is time to."""
