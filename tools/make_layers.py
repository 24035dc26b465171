"""Write mer_core/superres/layers.json: the layers of the paper's networks, read off built models.

    python tools/make_layers.py

The diagrams of the book read this file, because building a network imports TensorFlow and ISR.
A test builds the networks anew and holds the file against them.
"""

import json

from mer_core.superres import MODELS, layers, networks


def main() -> None:
    found = {}
    for name in layers.DRAWN:
        spec = MODELS[name].network
        found[str(spec)] = networks.describe(networks.build(spec))
    lines = []
    for spec, listed in found.items():
        rows = ",\n".join(json.dumps([d[k] for k in layers.KEYS]) for d in listed)
        lines.append(f"{json.dumps(spec)}: [\n{rows}\n]")
    layers.FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
