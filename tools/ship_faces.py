"""Put finished runs of `mer train` into the package: weights, cards, digests in the registry.

    python tools/ship_faces.py RUNS

RUNS is the folder that `mer train --out RUNS` filled, with a folder and a card for each name.
"""

import json
import re
import shutil
import sys
from pathlib import Path

from mer_core.fetching import sha256
from mer_core.superres import registry, weights
from mer_core.training import RECIPES

LIMIT = 15_000_000  # bytes of weights in all


def main(runs: Path) -> None:
    """Copy what all five runs left, or nothing."""
    cards = {}
    for name in RECIPES:
        place, file = runs / name / f"{name}.json", runs / name / f"{name}.safetensors"
        if not (place.is_file() and file.is_file()):
            raise SystemExit(f"{runs}: no finished run of {name}; `mer train {name}` makes it")
        card = json.loads(place.read_text(encoding="utf-8"))
        if sha256(file) != card["sha256"]:
            raise SystemExit(f"{file}: its card is of another file; run `mer train {name}` again")
        cards[name] = card
    steps = {card["steps"] for card in cards.values()}
    if len(steps) != 1:
        raise SystemExit(f"{runs}: the runs have different lengths: {sorted(steps)}")
    size = sum((runs / n / f"{n}.safetensors").stat().st_size for n in cards)
    if size > LIMIT:
        raise SystemExit(f"{runs}: {size} bytes of weights; {LIMIT} are allowed")
    place = Path(registry.__file__)
    text = place.read_text(encoding="utf-8")
    weights.SHIPPED.mkdir(exist_ok=True)
    for name, card in cards.items():
        entry = rf'("{name}",\n.*?\n.*?\n\s*)"\w*"(,  # sha256\n\s*)"\w*"(,  # tensors)'
        found = rf'\g<1>"{card["sha256"]}"\g<2>"{card["tensors"]}"\g<3>'
        text, count = re.subn(entry, found, text)
        if count != 1:
            raise SystemExit(f"{place.name}: no entry of {name} that this program can read")
        for suffix in ("safetensors", "json"):
            shutil.copyfile(runs / name / f"{name}.{suffix}", weights.SHIPPED / f"{name}.{suffix}")
    place.write_text(text, encoding="utf-8")
    print(f"{len(cards)} models, {size / 1e6:.1f} MB, {steps.pop()} steps")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
