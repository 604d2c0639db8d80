"""Stored weights that training starts from, see docs/stored_nets.md.

With a run's folder, every seed starts from the final weights of that run. With any other folder that holds runs, such
as a cell's, each seed starts from the final weights of the run with the same seed.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import numpy as np

from lagrun.checks import ConfigError, one_line
from lagrun.config.identity import sha256_of
from lagrun.config.init_from import FOLDER, INIT_FROM, SHA256
from lagrun.interfaces.contracts import check_params
from lagrun.interfaces.experiment import Experiment
from lagrun.interfaces.params import Params
from lagrun.interfaces.run_result import FAILED
from lagrun.storage import files

#: Says what may differ between the experiment that the weights come from and the one that they are for.
FITS = "what fits is the same model and sizes on a task of as many symbols: another task.q, task.keys or task.middle, "
FITS += "or noise_free and no_regularities of the same task.p"


class Source(NamedTuple):
    """A run that gives initial weights: its folder, the SHA-256 of the weights, and why they cannot be used, if so."""

    folder: Path
    sha256: str
    wrong: str | None


@dataclass(frozen=True)
class StoredWeights:
    """Weights to start from, an `lagrun.interfaces.experiment.Initial`; read in the process that trains.

    Attributes
    ----------
    folder : str
        As the user typed it.
    everyone : Source or None
        The run that all seeds start from.
    own : mapping of int to Source
        Otherwise, the run of each seed.
    """

    folder: str
    everyone: Source | None
    own: Mapping[int, Source]

    @property
    def sha256(self) -> str:
        """Hash of the weights: of the one run, or of all seeds' runs together."""
        if self.everyone:
            return self.everyone.sha256
        return sha256_of({str(seed): source.sha256 for seed, source in self.own.items() if not source.wrong})

    def __call__(self, seeds: Sequence[int]) -> Params:
        """Read the weights of some seeds, a row each.

        Raises
        ------
        ConfigError
            If they cannot be read, or have changed since they were first read.
        """
        read: dict[Path, Params] = {}
        for source in map(self.source, seeds):
            if source.folder not in read:
                read[source.folder] = self._read(source)
        rows = [read[self.source(seed).folder] for seed in seeds]
        return Params(rows[0].shapes, np.concatenate([row.flat for row in rows]))

    def source(self, seed: int) -> Source:
        """The run that a seed starts from."""
        source = self.everyone or self.own.get(seed)
        if source is None:
            known = ", ".join(map(str, sorted(self.own)[:9])) + (", ..." if len(self.own) > 9 else "")
            raise self._error(f"has no finished run of seed {seed}; there are those of {known}")
        if source.wrong:
            raise self._error(source.wrong if self.everyone else f"seed {seed}: {source.wrong}")
        return source

    def _read(self, source: Source) -> Params:
        try:
            with np.load(io.BytesIO((source.folder / files.PARAMS).read_bytes()), allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            (dtype,) = {array.dtype for array in arrays.values()}
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            raise self._error(f"{files.PARAMS} cannot be read ({error})") from None
        params = Params.zeros({name: array.shape for name, array in arrays.items()}, 1, dtype)
        for name, array in arrays.items():
            params[name][0] = array
        if params.sha256(0) != source.sha256:
            raise self._error(f"{source.folder}: the weights have changed since they were looked at")
        if not np.isfinite(params.flat).all():
            raise self._error(f"{source.folder}: not all weights are numbers, as the run diverged")
        return params

    def check(self, seeds: Sequence[int], needed: Params) -> None:
        """Raise ConfigError unless all seeds have weights with the dtype, names and shapes of `needed`."""
        known = [0] if self.everyone else [seed for seed, source in self.own.items() if not source.wrong]
        for seed in known if self.everyone or not seeds else seeds:
            found = self([seed])
            if found.flat.dtype != needed.flat.dtype:
                raise self._error(f"its weights are {found.flat.dtype}; set dtype={found.flat.dtype}")
            names = dict.fromkeys([*needed.shapes, *found.shapes])
            other = [name for name in names if needed.shapes.get(name) != found.shapes.get(name)]
            if other:
                theirs, ours = (each.shapes.get(other[0], "missing") for each in (found, needed))
                raise self._error(f"its weights do not fit: {other[0]} is {theirs}, and must be {ours}; {FITS}")

    def _error(self, what: str) -> ConfigError:
        return ConfigError(f"{INIT_FROM}={self.folder}: {what}")


def with_initial(
    experiment: Experiment, content: dict[str, Any], seeds: Sequence[int], here: Path = Path()
) -> tuple[Experiment, dict[str, Any]]:
    """Check the weights that runs start from, and write their hash into the configuration.

    Parameters
    ----------
    experiment : Experiment
        As it is made of the configuration.
    content : dict
        Plain values, see `lagrun.config.build.make`.
    seeds : sequence of int
        Seeds that are to be trained; if empty, they are not known yet, and all weights found must fit.
    here : Path
        Base of a relative folder.

    Returns
    -------
    experiment : Experiment
        With the weights; the same if runs start from drawn ones.
    content : dict
        With their hash.

    Raises
    ------
    ConfigError
        If the folder holds no finished runs; or if its weights are damaged, do not fit the net or the dtype, or do not
        have the hash that the configuration already holds.
    """
    wanted = content.get(INIT_FROM)
    if wanted is None:
        return experiment, content
    found = _look(wanted[FOLDER], (here / wanted[FOLDER]).absolute())
    found.check(seeds, _drawn(experiment))
    if wanted[SHA256] not in (None, found.sha256):
        what = f"holds other weights, of sha256={found.sha256}; {INIT_FROM}.{SHA256} is {wanted[SHA256]}"
        raise ConfigError(f"{INIT_FROM}={wanted[FOLDER]}: {what}")
    hashed = {INIT_FROM: {FOLDER: wanted[FOLDER], SHA256: found.sha256}}
    return replace(experiment, initial=found), content | hashed


def _drawn(experiment: Experiment) -> Params:
    """Draw weights of one seed."""
    network, task = experiment.engine.network(experiment.model), experiment.task
    try:
        params = network.init([np.random.default_rng(0)], task.n_inputs, task.n_outputs, experiment.dtype)
        check_params(experiment, params, 1)
    except (Exception, SystemExit) as error:  # a user's model may raise anything
        raise ConfigError(f"{INIT_FROM}: the model draws no weights to compare with ({error})") from None
    return params


def _look(typed: str, folder: Path) -> StoredWeights:
    """Find the runs of a folder."""
    if not folder.is_dir():
        raise ConfigError(f"{INIT_FROM}={typed}: no such folder")
    if any((folder / name).exists() for name in (files.RESULT, files.STARTED)):
        return StoredWeights(typed, _source(folder)[1], {})
    from lagrun.storage.found_runs import with_result  # imports pandas

    own: dict[int, Source] = {}
    for name in with_result(folder):
        seed, source = _source(folder / name)
        if seed is None:
            raise ConfigError(f"{INIT_FROM}={typed}: {name}: {source.wrong}")
        if seed in own:
            both = f"{own[seed].folder.relative_to(folder)} and {name}"
            raise ConfigError(f"{INIT_FROM}={typed}: holds several runs of seed {seed}, {both}; name one cell's folder")
        own[seed] = source
    if not own:
        raise ConfigError(f"{INIT_FROM}={typed}: holds no finished run")
    return StoredWeights(typed, None, own)


def _source(folder: Path) -> tuple[int | None, Source]:
    """Read a run's seed, None if unknown, the hash of its weights, and why they cannot be used, if so."""
    result, wrong = files.examine_sealed(folder)
    if result is None:
        return None, Source(folder, "", wrong or "the run is not finished")
    if result["outcome"] == FAILED:
        reason = (result["failure"] or "no reason is stored").strip().splitlines()[-1]
        wrong = f"the run failed: {one_line(reason)}"
    return result["seed"], Source(folder, result["weights_sha256"] or "", wrong)
