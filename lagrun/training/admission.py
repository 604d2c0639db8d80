"""What is refused before anything trains: runs too large for the memory, and parts that do not go together."""

from __future__ import annotations

from typing import Any

from omegaconf import DictConfig, OmegaConf

from lagrun.checks import ConfigError
from lagrun.config.build import make
from lagrun.config.variants import GROUPS, Declared, options_of, target_of, variant_name
from lagrun.interfaces import ChecksCombination, Model, StepModel
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.seed_learner import SeedBySeed
from lagrun.training.memory_limits import available, refusal


def build(config: DictConfig) -> Experiment:
    """Make the objects of a configuration that can be trained; see `build_typed`."""
    return build_typed(config)[0]


def build_typed(
    config: DictConfig, declared: Declared = lambda group, option: None
) -> tuple[Experiment, dict[str, Any]]:
    """Make the objects of a configuration that can be trained, and its values.

    Parameters
    ----------
    config : DictConfig
        Composed configuration; a ``hydra`` node only says how options are called, for messages.
    declared : callable
        The class that an option names, see `lagrun.config.variants.Declared`.

    Returns
    -------
    experiment : Experiment
    content : dict
        See `lagrun.config.build.make`.

    Raises
    ------
    ConfigError
        At the first key that is misspelt, missing, of a wrong type or out of range, if a run is too large for the
        memory, or if the model, the task, the loss, the updates or the engine do not go together.
    """
    experiment, content = make(config)
    _admit(experiment, _as_typed(config, content, declared))
    return experiment, content


def _admit(experiment: Experiment, named: dict[str, str]) -> None:
    """Raise ConfigError for what cannot be trained; `named` says how the variant of each group was chosen."""
    if too_large := refusal([(experiment, 1)], 1, available()):  # before anything draws a sequence
        raise ConfigError(too_large)
    try:
        network = experiment.engine.network(experiment.model)
    except ValueError as error:
        raise ConfigError(f"{named['engine']}: {error}") from None
    _check_together(experiment, network, " ".join(named[group] for group in ("model", "task", "loss")))
    if isinstance(experiment.engine, SeedBySeed):
        try:
            experiment.engine.check(experiment)
        except ValueError as error:
            raise ConfigError(f"{named['engine']}: {error}") from None


def _as_typed(config: DictConfig, content: dict[str, Any], declared: Declared) -> dict[str, str]:
    """Say how each group's variant was chosen: by its option, or by its class where no option names that class."""
    choices = OmegaConf.select(config, "hydra.runtime.choices", default={})
    options = options_of(choices, content, declared)
    classes = {group: target_of(content[group]) for group in GROUPS}
    own = {group: f"{group}._target_={target}" for group, target in classes.items() if not target.startswith("lagrun.")}
    lagruns = {group: f"{group}={variant_name(content[group])}" for group in GROUPS}
    return lagruns | own | {group: f"{group}={option}" for group, option in options.items()}


def _check_together(experiment: Experiment, network: Model, named: str) -> None:
    """Refuse combinations of a model, a task, a loss and updates that make no sense."""
    try:
        if experiment.updates == "step" and not isinstance(network, StepModel):
            raise ValueError("the model learns from whole sequences; it must be updates=sequence")
        if isinstance(experiment.model, ChecksCombination):
            experiment.model.check(experiment.task, experiment.loss, experiment.updates)
    except ValueError as error:
        raise ConfigError(f"{named} updates={experiment.updates}: {error}") from None
