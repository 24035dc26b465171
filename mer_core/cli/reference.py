"""The command line's reference, from its own help: ``python -m mer_core.cli.reference``."""

import re

import typer

from mer_core import cli


def page() -> str:
    """Markdown: each command, what it does, its arguments and options."""
    root = typer.main.get_command(cli.app)
    parts = [
        "# Which commands are there?",
        "Written from the help of `mer`, when the book was built; `mer COMMAND --help` says the "
        "same. A mistake in what you type is one line and an exit code above 0, never a traceback.",
    ]
    parts += _commands(root, "mer")
    return "\n\n".join(parts) + "\n"


def _commands(group, path: str) -> list[str]:
    parts = []
    for name, command in sorted(group.commands.items()):
        if command.hidden:
            continue
        full = f"{path} {name}"
        if hasattr(command, "commands"):
            parts += _commands(command, full)
            continue
        usage = [full]
        rows = []
        for parameter in command.params:
            if getattr(parameter, "hidden", False) or parameter.name == "help":
                continue
            word = parameter.opts[0]
            if parameter.param_type_name == "argument":
                word = word.upper()
                usage.append(word if parameter.required else f"[{word}]")
            else:
                usage.append(f"[{word}]")
            said = _safe(getattr(parameter, "help", "") or "")
            rows.append(f"- `{word}`: {said}{_default(parameter)}")
        said = _safe(" ".join((command.help or "").split()))
        line = f"```text\n{' '.join(usage)}\n```"
        parts.append("\n\n".join([f"## {full}", said, line, "\n".join(rows)]).strip())
    return parts


def _default(parameter) -> str:
    value = parameter.default
    if value in (None, False, True) or callable(value) or "default:" in (parameter.help or ""):
        return ""
    return f" Default: `{value}`."


def _safe(text: str) -> str:
    return re.sub(r"([*_<>$\[\]{}|])", r"\\\1", text)


if __name__ == "__main__":
    print(page(), end="")
