"""`python -m headrace`: the command line, of this interpreter's Headrace."""

from headrace.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
