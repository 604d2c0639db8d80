"""PyTorch, all seeds in lockstep: an LSTM with a matrix a seed by ``baddbmm``, autograd, fused Adam on one tensor."""

from __future__ import annotations

import numpy as np
import torch

from scripts.peers.problem import NAMES, Problem


class TorchBmm:
    """See the header."""

    def __init__(self, problem: Problem) -> None:
        torch.set_num_threads(1)
        params, adam = problem.params, problem.optimiser
        self._n_hidden = params.shapes["W_hidden_output"][0]
        self._shapes = [params.shapes[name] for name in NAMES]
        self._sizes = [int(np.prod(shape)) for shape in self._shapes]
        self._flat = torch.tensor(params.flat, requires_grad=True)  # (S, P)
        self._adam = torch.optim.Adam(
            [self._flat], adam.learning_rate, (adam.beta1, adam.beta2), adam.epsilon, fused=True
        )
        self._clip_norm = problem.clip_norm
        self._step_weights = torch.tensor(problem.step_weights)
        self._first_row = torch.arange(params.n_seeds)[:, None] * params.shapes["W_input_gates"][0]  # (S, 1)

    def train(self, ids: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """See `scripts.peers.problem.Peer`."""
        n_sequences = ids.shape[1]
        x, y = torch.from_numpy(ids).long(), torch.from_numpy(targets).long()
        return np.stack([self._learn(x[:, n], y[:, n]) for n in range(n_sequences)], axis=1)

    def _learn(self, ids: torch.Tensor, targets: torch.Tensor) -> np.ndarray:
        errors = self._errors(ids, targets)  # (S, T)
        self._adam.zero_grad()
        (errors @ self._step_weights).sum().backward()
        norms = torch.linalg.vector_norm(self._flat.grad, dim=1, keepdim=True)
        self._flat.grad.mul_(self._clip_norm / norms.clamp(min=self._clip_norm))
        self._adam.step()
        return errors.detach().sum(1).numpy()

    def _errors(self, ids: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        n_seeds, n_steps = ids.shape
        h3 = 3 * self._n_hidden
        parts = self._flat.split(self._sizes, dim=1)
        w_input, w_hidden, b, w_output = (
            part.view(n_seeds, *shape) for part, shape in zip(parts, self._shapes, strict=True)
        )
        rows = torch.nn.functional.embedding(ids + self._first_row, w_input.flatten(0, 1))  # (S, T, 4H)
        from_input = (rows + b[:, None]).unbind(1)
        h = c = self._flat.new_zeros(n_seeds, self._n_hidden)
        hidden = []
        for t in range(n_steps):
            net = torch.baddbmm(from_input[t][:, None], h[:, None], w_hidden)[:, 0]  # (S, 4H)
            sigmoids, g = torch.sigmoid(net[:, :h3]), torch.tanh(net[:, h3:])
            o, i, f = sigmoids.chunk(3, dim=1)
            c = torch.addcmul(f * c, i, g)
            h = o * torch.tanh(c)
            hidden.append(h)
        logits = torch.bmm(torch.stack(hidden, 1), w_output)  # (S, T, K)
        return torch.nn.functional.cross_entropy(logits.transpose(1, 2), targets, reduction="none")

    def weights(self) -> np.ndarray:
        """See `scripts.peers.problem.Peer`."""
        return self._flat.detach().numpy().copy()
