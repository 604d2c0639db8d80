"""PyTorch, one seed: ``nn.LSTM`` and ``nn.Linear``, autograd, fused Adam.

``nn.LSTM`` has two biases that are always added; the second is frozen at zero, so that the net has lagrun's weights.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from lagrun.interfaces.params import Params
from scripts.peers.problem import NAMES, Problem

#: Where lagrun's gates (o, i, f, g) stand in PyTorch's (i, f, g, o), and the other way round.
TO_TORCH, FROM_TORCH = [1, 2, 3, 0], [3, 0, 1, 2]


class TorchLSTM:
    """See the header; `Problem` must have one seed."""

    def __init__(self, problem: Problem) -> None:
        torch.set_num_threads(1)
        params, adam = problem.params, problem.optimiser
        if params.n_seeds != 1:
            raise ValueError("one seed at a time")
        w_input, w_hidden, b, w_output = (torch.tensor(params[name][0]) for name in NAMES)
        (n_inputs, _), (n_hidden, n_outputs) = w_input.shape, w_output.shape
        self._shapes = params.shapes
        self._lstm = nn.LSTM(n_inputs, n_hidden, dtype=w_input.dtype)
        self._readout = nn.Linear(n_hidden, n_outputs, bias=False, dtype=w_input.dtype)
        with torch.no_grad():
            self._lstm.weight_ih_l0.copy_(_reordered(w_input.T, TO_TORCH))
            self._lstm.weight_hh_l0.copy_(_reordered(w_hidden.T, TO_TORCH))
            self._lstm.bias_ih_l0.copy_(_reordered(b, TO_TORCH))
            self._lstm.bias_hh_l0.zero_()
            self._readout.weight.copy_(w_output.T)
        self._lstm.bias_hh_l0.requires_grad_(False)
        self._one_hot = torch.eye(n_inputs, dtype=w_input.dtype)
        self._step_weights = torch.tensor(problem.step_weights)
        self._clip_norm = problem.clip_norm
        self._parameters = [p for net in (self._lstm, self._readout) for p in net.parameters() if p.requires_grad]
        self._adam = torch.optim.Adam(
            self._parameters, adam.learning_rate, (adam.beta1, adam.beta2), adam.epsilon, fused=True
        )

    def train(self, ids: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """See `scripts.peers.problem.Peer`."""
        return np.array([[self._learn(x, y) for x, y in zip(ids[0], targets[0], strict=True)]])

    def _learn(self, ids: np.ndarray, targets: np.ndarray) -> float:
        hidden, _ = self._lstm(self._one_hot[torch.from_numpy(ids)])
        wanted = torch.from_numpy(targets).long()
        errors = nn.functional.cross_entropy(self._readout(hidden), wanted, reduction="none")
        self._adam.zero_grad()
        (errors @ self._step_weights).backward()
        # Not clip_grad_norm_, which adds 1e-6 to the norm.
        norm = float(torch.nn.utils.get_total_norm([p.grad for p in self._parameters]))
        if norm > self._clip_norm:
            for parameter in self._parameters:
                parameter.grad.mul_(self._clip_norm / norm)
        self._adam.step()
        return float(errors.detach().sum())

    def weights(self) -> np.ndarray:
        """See `scripts.peers.problem.Peer`."""
        lstm = self._lstm
        found = (
            _reordered(lstm.weight_ih_l0, FROM_TORCH).T,
            _reordered(lstm.weight_hh_l0, FROM_TORCH).T,
            _reordered(lstm.bias_ih_l0, FROM_TORCH),
            self._readout.weight.T,
        )
        out = Params.zeros(self._shapes, 1, found[0].detach().numpy().dtype)
        for name, value in zip(NAMES, found, strict=True):
            out[name][0] = value.detach().numpy()
        return out.flat


def _reordered(gates: torch.Tensor, order: list[int]) -> torch.Tensor:
    """Put the four gates, along the first axis, into another order."""
    blocks = gates.chunk(4)
    return torch.cat([blocks[k] for k in order])
