"""Make tests/golden/torch_lstm.json: errors and gradient of a small LSTM, computed by PyTorch's autograd in float64.

    python -m scripts.golden_torch

The net is written here from the equations, not with ``torch.nn.LSTM``, and shares no code with lagrun's.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from lagrun.interfaces import Batch
from lagrun.interfaces.params import Params
from lagrun.loss_weightings.last_step import LastStep
from lagrun.losses.softmax_cross_entropy import SoftmaxCrossEntropy
from lagrun.models.lstm import LSTM
from lagrun.tasks.noise_free import NoiseFree

GOLDEN = Path(__file__).parent.parent / "tests" / "golden" / "torch_lstm.json"
P, HIDDEN = 12, 3


def example() -> tuple[LSTM, SoftmaxCrossEntropy, Params, Batch, np.ndarray]:
    """Two seeds with weights that need no random numbers, and one sequence of each key."""
    model = LSTM(HIDDEN, 0.1, 0.5, 0.1, 0.0, 5.0, 0.0, "full", False, "haar")
    params = Params.zeros(model.shapes(P + 1, P + 1), 2, "float64")
    params.flat[:] = np.sin(np.arange(params.flat.size)).reshape(params.flat.shape)
    batch = NoiseFree(P, "alternating", "every_step").sample(np.random.default_rng(0), 0, 2)
    return model, SoftmaxCrossEntropy(), params, batch, LastStep(100.0)(batch, np.dtype("float64"))


def with_torch() -> tuple[np.ndarray, np.ndarray]:
    """Errors of every step, shape (2, P), and the gradient of their weighted sum, shape (2, n_weights)."""
    import torch

    _, _, params, batch, step_weights = example()
    losses, gradients = [], []
    for s in range(2):
        w = {name: torch.tensor(params[name][s], requires_grad=True) for name in params}
        h, c = torch.zeros(HIDDEN, dtype=torch.float64), torch.zeros(HIDDEN, dtype=torch.float64)
        errors = []
        for symbol, target in zip(batch.ids[s], batch.targets[s], strict=True):
            net = w["W_input_gates"][int(symbol)] + h @ w["W_hidden_gates"] + w["b_gates"]
            o, i, f = (torch.sigmoid(part) for part in net.split(HIDDEN)[:3])
            c = i * torch.tanh(net.split(HIDDEN)[3]) + f * c
            h = o * torch.tanh(c)
            errors.append(-torch.log_softmax(h @ w["W_hidden_output"], 0)[int(target)])
        error = torch.stack(errors)
        (torch.tensor(step_weights[s]) * error).sum().backward()
        losses.append(error.detach().numpy())
        gradients.append(np.concatenate([w[name].grad.numpy().ravel() for name in params]))
    return np.array(losses), np.array(gradients)


def main() -> None:
    """Write the golden file."""
    losses, gradient = with_torch()
    GOLDEN.write_text(json.dumps({"losses": losses.tolist(), "gradient": gradient.tolist()}) + "\n")


if __name__ == "__main__":
    main()
