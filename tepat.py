"""The command line: reads settings, builds a process, runs it."""

import typer

app = typer.Typer(no_args_is_help=True)


if __name__ == "__main__":
    app()
