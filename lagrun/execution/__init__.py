"""How planned runs are carried out: schedule, worker processes, progress, dry run."""
