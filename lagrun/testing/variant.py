"""One check for every kind of variant: finds out the kind, and runs the tests for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from lagrun.config.build import NEEDED
from lagrun.interfaces.task import Task
from lagrun.tasks.noise_free import NoiseFree
from lagrun.testing.asserting import require
from lagrun.testing.criteria import check_criterion
from lagrun.testing.losses import check_loss, check_loss_weighting
from lagrun.testing.models import check_model
from lagrun.testing.optimisers import check_optimiser
from lagrun.testing.tasks import check_task

CHECKS: dict[str, Callable[[Any], None]] = {
    "task": check_task,
    "criterion": check_criterion,
    "optimiser": check_optimiser,
    "loss": check_loss,
    "loss_weighting": check_loss_weighting,
}

#: The task that sets a net's numbers of inputs and outputs, where the author names none.
USUAL = NoiseFree(8, "random", "every_step")


def check_variant(variant: Any, task: Task | None = None, exact_gradient: bool = True) -> None:
    """Check that your own net, task, loss, weighting, optimiser or criterion keeps to its protocol.

    Beside shapes and types, lagrun relies on this: a seed's numbers are the same bits whatever seeds are beside it. A
    net's or loss's gradient is that of its error. Padding, and buffers that were used before, change nothing. A task's
    stream does not depend on how it is cut into calls. An optimiser changes what it is given in place.

    Parameters
    ----------
    variant : object
        A small one: a net of a few units takes a second or two.
    task : Task, optional
        For a net that does not go with 9 symbols and 9 outputs.
    exact_gradient : bool
        False for a net whose rule truncates its gradient on purpose.

    Raises
    ------
    AssertionError
        At the first promise that is not kept; the message says in words which one.

    Examples
    --------
    >>> import lagrun
    >>> from lagrun.testing import check_variant
    >>> check_variant(lagrun.compose("model=gru", "model.hidden_size=3").model)
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Wrong:
    ...     clip_norm: float | None = None
    ...     def init(self, params):
    ...         return {}
    ...     def update(self, params, grads, state, step):
    ...         params = params - 0.1 * grads
    >>> check_variant(Wrong())
    Traceback (most recent call last):
        ...
    AssertionError: Wrong.update: must change the weights in place; it leaves them alone
    """
    name = type(variant).__name__
    words = f"{name} must be a dataclass: its fields are the keys of its YAML file"
    require(dataclasses.is_dataclass(variant) and not isinstance(variant, type), words)
    group = _group(variant)
    if group == "model":
        check_model(variant, task or USUAL, exact_gradient)
    else:
        CHECKS[group](variant)


def _group(variant: Any) -> str:
    """Tell the group of a variant by its methods."""
    wanted = {group: NEEDED[group] for group in ("model", *CHECKS)}
    for group, names in wanted.items():
        if all(hasattr(variant, name) for name in names) and (group != "loss_weighting" or callable(variant)):
            return group
    listed = "; ".join(f"{group}: {', '.join(names)}" for group, names in wanted.items())
    raise AssertionError(f"{type(variant).__name__} has the methods of no protocol ({listed})")
