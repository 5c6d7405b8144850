"""The command, which imports nothing before it can catch Ctrl-C."""


def main() -> int:
    """Run the command and return its exit status."""
    try:
        from ._cli import main

        return main()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
