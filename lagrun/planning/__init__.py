"""From a command line and a sweep file to experiments and the runs that are left."""
