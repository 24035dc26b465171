"""`mer train`: networks of our own."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def train(
    names: Annotated[list[str], typer.Argument(help="face-psnr-x2, face-gan-x2, ...; or all.")],
    steps: Annotated[int, typer.Option(min=2, help="Optimisation steps in all.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Of weights, identities, patches.")] = 0,
    batch: Annotated[int, typer.Option(min=1, help="Patches a step.")] = 4,
    identities: Annotated[int, typer.Option(min=1, help="Training identities.")] = 72,
    photographs: Annotated[
        Path | None, typer.Option(help="A folder of photographs to learn from too.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the runs, one a name (default: cached).")
    ] = None,
    backend: Annotated[str, typer.Option(help="tensorflow or torch.")] = "tensorflow",
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads (default: all).")] = None,
    features: Annotated[
        str, typer.Option(help="Of the feature loss: vgg19, discriminator, auto.")
    ] = "auto",
    precision: Annotated[str, typer.Option(help="float32, mixed_bfloat16, auto.")] = "auto",
    card: Annotated[bool, typer.Option(help="Measure the model card at the end.")] = True,
) -> None:
    """Train networks of the face family; goes on where an interrupted run stopped."""
    from mer_core.training import Settings, cards, critics, devices, loop, plan, recipes

    names = list(recipes.RECIPES) if names == ["all"] else names
    for name in names:
        recipes.recipe(name)
    devices.use(backend, threads)
    precision = devices.precision() if precision == "auto" else precision
    settings = Settings(
        steps=steps, seed=seed, batch=batch, identities=identities, precision=precision
    )
    critics.choose(features)
    device = devices.describe()
    for name in names:
        print("\n".join(plan.describe(name, settings, device, features, photographs)), flush=True)
    training, validation = plan.gather(settings, photographs)
    tiles = len(training) - settings.identities * settings.states
    for name in names:
        folder = (out or plan.folder()) / name
        loop.train(name, settings, training, validation, folder, features=features, tiles=tiles)
        print(f"weights: {folder / name}.safetensors", flush=True)
        if card:
            print("\n".join(cards.summary(cards.make(name, folder))), flush=True)
