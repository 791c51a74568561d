"""The entry point: Ctrl-C while what the command needs is still imported ends the process without a word.

What is imported then has nothing to keep, and Python would print where in it the interruption came.
"""

import signal


def run() -> None:
    """Import the command and run it: see `cli.main.run`. A SIGINT that somebody else handles, or ignores, stays so."""
    heard = signal.getsignal(signal.SIGINT)
    if heard is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from cli.main import run as begun

    signal.signal(signal.SIGINT, heard)
    begun()


if __name__ == "__main__":
    run()
