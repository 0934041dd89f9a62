"""``python -m minidata`` is ``minidata``."""

from minidata.cli.main import main

if __name__ == "__main__":
    main()
