"""`mer cache`: what is kept between runs."""

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The cache: its size, its health, its end.")


@app.command("info")
def cache_info() -> None:
    """Say where the cache lies and what it holds."""
    from mer_core import store

    folder = store.cache_dir()
    print(folder)
    for part in sorted(p for p in folder.glob("*") if p.is_dir()):
        files, size = store.usage(part)
        print(f"  {part.name:<10} {files:>7} files {size / 1e6:>10.1f} MB")


@app.command("verify")
def cache_verify() -> None:
    """Read every stored result back; drop what is damaged or half-written."""
    from mer_core import conditions

    whole, dropped = conditions.store().verify()
    print(f"{whole} results are whole, {dropped} dropped")


@app.command("clear")
def cache_clear(
    part: Annotated[str, typer.Argument(help="results, engines, weights, data, or all.")] = "all",
) -> None:
    """Remove a part of the cache; it costs nothing but time to make again."""
    from mer_core import store

    parts = ("results", "engines", "weights", "data")
    if part not in (*parts, "all"):
        raise ValueError(f"part: got {part!r}; allowed are {', '.join(parts)}, all")
    for name in parts if part == "all" else (part,):
        store.clear(store.cache_dir() / name)
    print(f"removed: {part}")
