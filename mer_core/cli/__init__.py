"""`mer`: the package from the command line. No logic of its own; errors become one line."""

import os
import sys

import typer

from mer_core.cli import cache, course, data, runs, studies, train, weights

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Degrade, super-resolve, describe and classify micro-expression clips; build the book.",
    pretty_exceptions_enable=False,
)
for part in (runs, studies, course, train):
    app.add_typer(part.app)
app.add_typer(data.app, name="data")
app.add_typer(weights.app, name="weights")
app.add_typer(cache.app, name="cache")


def main() -> None:
    """Run `mer`; a user's mistake or an interruption is one line and an exit code."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        app()
    except KeyboardInterrupt:
        print("mer: interrupted; what was done is kept, run it again to go on", file=sys.stderr)
        sys.exit(130)
    except (ValueError, OSError, RuntimeError) as error:
        if os.environ.get("MER_DEBUG"):
            raise
        from mer_core.store import FULL

        said = str(error)
        if getattr(error, "errno", None) in FULL:  # from a library's writer, which names no file
            what = f"cannot write {error.filename}" if error.filename else "cannot write"
            said = f"{what}: {os.strerror(error.errno)}; free some space, then run it again"
        print(f"mer: {' '.join(said.split())}", file=sys.stderr)
        sys.exit(1)
