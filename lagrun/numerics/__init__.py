"""Functions that work on arrays only; nets, losses and tasks share them."""
