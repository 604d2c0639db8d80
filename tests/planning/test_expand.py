"""The cells of a sweep are small grids, and what is typed wins."""

from lagrun.planning.expand import expand


def test_cells_are_small_grids_and_the_command_line_wins() -> None:
    cells = [{"task.p": "5,6", "budget": 9}, {"task.p": [7], "optimiser": "sgd"}]
    jobs = [job for job, _ in expand({"seed": "0-1"}, cells, ["budget=3"])]
    assert jobs[0] == ("seed=0", "task.p=5", "budget=3")
    assert len(jobs) == 6
    assert jobs[-1] == ("seed=1", "task.p=7", "optimiser=sgd", "budget=3")
    # With every key of both cells set by hand the cells are the same.
    assert len(set(expand({"seed": "0-1"}, cells, ["budget=3", "seed=4", "task.p=5", "optimiser=adam"]))) == 1
