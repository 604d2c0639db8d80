"""The command ``python -m lagrun.report``."""

import sys

from lagrun.report.write import main

if __name__ == "__main__":
    sys.exit(main())
