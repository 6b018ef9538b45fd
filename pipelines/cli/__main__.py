"""`python -m pipelines.cli` is `motion`."""

import sys

from pipelines.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
