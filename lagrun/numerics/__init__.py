"""Functions of arrays alone, which nets, losses and tasks share."""
