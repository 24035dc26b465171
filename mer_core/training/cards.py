"""Model cards: what a network was trained on, and what it restores beside its peers.

A card is a JSON file beside the weights. Its measures are computed here, by one function, on
identities of the datasets' own stream with seeds of their own, under the default degradation.
"""

import json
from pathlib import Path

import numpy as np

from mer_core import provenance, store
from mer_core.clip import resize
from mer_core.fetching import sha256
from mer_core.quality import psnr, ssim
from mer_core.superres import networks, super_resolve, weights
from mer_core.superres.registry import find
from mer_core.tables import ABSENT, Cell, Table
from mer_core.training import patches, pictures

SEEDS = (101, 102, 103, 104, 105)  # of the evaluation identities; no dataset has them by default
IDENTITIES, STATES = 6, 2  # of each seed
PEERS = {2: "psnr-small", 4: "esrgan-x4"}  # published networks of that scale
MASK_SIGMAS, MASK_AMOUNTS = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0), (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)


def sharpen(clip: np.ndarray, sigma: float, amount: float) -> np.ndarray:
    """Unsharp mask: the clip plus `amount` times what a Gaussian of `sigma` pixels takes away."""
    from scipy.ndimage import gaussian_filter

    image = clip.astype(np.float32)
    blurred = gaussian_filter(image, sigma, axes=(1, 2), mode="reflect")
    return np.clip(np.rint(image + amount * (image - blurred)), 0, 255).astype(np.uint8)


def unsharp_mask(validation: np.ndarray, scale: int) -> tuple[float, float]:
    """(sigma, amount) of the best PSNR after bicubic enlargement, on held-out training faces."""
    low, high = patches.held_out(validation, scale)
    bicubic = resize(low, high.shape[1:3])
    grid = [(s, a) for s in MASK_SIGMAS for a in MASK_AMOUNTS]
    return max(grid, key=lambda pair: psnr(high, sharpen(bicubic, *pair)))


def enlarge(file: Path, name: str, clip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the weights in `file` make of a clip, and what their linear enlargement alone makes."""
    from mer_core.superres import formats

    model = networks.build(find(name).network)
    networks.assign(model, formats.read_safetensors(file), origin=file.name)
    whole = _rounded(model, clip)
    last = model.get_layer("last")
    last.set_weights([np.zeros_like(w) for w in last.get_weights()])
    return whole, _rounded(model, clip)


def _rounded(model, clip: np.ndarray) -> np.ndarray:
    frames = [model.predict_on_batch(frame[None] / np.float32(255)) for frame in clip]
    return np.rint(np.clip(np.concatenate(frames), 0, 1) * np.float32(255)).astype(np.uint8)


def interval(values: np.ndarray) -> dict[str, float]:
    """Mean of the seeds' values with its 95 per cent interval (Student's t)."""
    from scipy.stats import t

    half = float(t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / len(values) ** 0.5)
    mean = float(np.mean(values))
    return {
        k: round(v, 4) for k, v in (("mean", mean), ("low", mean - half), ("high", mean + half))
    }


def _peer(name: str, low: np.ndarray, seed: int) -> np.ndarray | None:
    """The peer's output, kept in the cache; None where its weights are absent."""
    if not weights.available(name):
        return None
    kept = store.Store(store.cache_dir() / "training")
    key = {"peer": name, "weights": weights.digest(name), "low": store.digest(low)}
    return kept.get_or_make(key, lambda: super_resolve(low, name, threads=1))


def evaluate(file: Path, name: str, validation: np.ndarray, *, seeds=SEEDS) -> dict:
    """PSNR (dB, luma) and SSIM of a network and of its peers on held-out identities.

    Parameters
    ----------
    file : safetensors of model `name`
    validation : (n, 128, 128, 3) uint8, the held-out training faces the unsharp mask is chosen on
    seeds : of the evaluation identities

    Returns
    -------
    methods : name -> {"psnr", "ssim"} -> mean, low, high over the seeds; gain : the model's PSNR
    less each peer's, paired by seed, with its interval and the smallest of the seeds; a peer
    whose weights are absent is None
    """
    scale = find(name).scale
    mask = unsharp_mask(validation, scale)
    found: dict[str, list] = {}
    shown = [pictures.faces(k, range(IDENTITIES), STATES, stream="evaluation") for k in seeds]
    pairs = [patches.held_out(faces.reshape(-1, *faces.shape[2:]), scale) for faces in shown]
    ours = enlarge(file, name, np.concatenate([low for low, _ in pairs]))
    ours = [np.split(clip, len(seeds)) for clip in ours]
    for seed, (low, high), whole, linear in zip(seeds, pairs, *ours, strict=True):
        bicubic = resize(low, high.shape[1:3])
        made = {
            name: whole,
            "its linear start": linear,
            f"bicubic-x{scale}": bicubic,
            "bicubic, sharpened": sharpen(bicubic, *mask),
            PEERS[scale]: _peer(PEERS[scale], low, seed),
        }
        for method, clip in made.items():
            row = None if clip is None else (psnr(high, clip), ssim(high, clip))
            found.setdefault(method, []).append(row)
    tables = {m: None if None in rows else np.array(rows) for m, rows in found.items()}
    measures: dict = {"unsharp_mask": {"sigma": mask[0], "amount": mask[1]}, "methods": {}}
    measures["gain"] = {}
    for method, table in tables.items():
        measures["methods"][method] = table if table is None else {
            "psnr": interval(table[:, 0]), "ssim": interval(table[:, 1])
        }  # fmt: skip
        if method != name:
            gain = None if table is None else tables[name][:, 0] - table[:, 0]
            measures["gain"][method] = gain if gain is None else (
                interval(gain) | {"least": round(float(gain.min()), 4)}
            )  # fmt: skip
    measures["identities"] = {"seeds": list(seeds), "each": IDENTITIES, "frames": STATES}
    measures["faces"] = pictures.IDENTITY
    return measures


def make(name: str, out: Path) -> dict:
    """Measure the weights of a finished run and write its card, ``NAME.json``, beside them."""
    import pandas as pd

    from mer_core.training import plan
    from mer_core.training.recipes import Settings

    out = Path(out)
    run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    log = pd.read_csv(out / "log.csv")
    file = out / f"{name}.safetensors"
    settings = Settings(**run["settings"])
    held = plan.identities(settings)[1]
    faces = pictures.faces(settings.seed, held, plan.PSNR_FRAMES)
    from mer_core.superres import formats

    adversarial = bool(run["loss"]["adversarial"])
    card = {
        "model": name,
        "file": file.name,
        "sha256": sha256(file),
        "tensors": weights.tensors_digest(formats.read_safetensors(file)),
        "network": run["network"],
        "parameters": sum(int(np.prod(s)) for s in networks.expected(find(name).network).values()),
        "loss": run["loss"],
        "features": run["features"],
        "start": (
            f"seeded; {settings.warm} steps on the pixel loss, the same as the pixel run's of this "
            "network, then the adversarial loss" if adversarial else "seeded"
        ),
        "data": "rendered faces of the synthetic training stream; no photograph, no person"
        if not run["tiles"] else "rendered faces and photographs",
        "settings": run["settings"],
        "steps": int(log["step"].iloc[-1]),
        "seconds": round(float(log["seconds"].iloc[-1]), 1),
        "cpu_seconds": round(float(log["cpu_seconds"].iloc[-1]), 1),
        "device": run["device"] | provenance.machine(),
        "faces": run["faces"],
        "history": log.round(5).astype(object).where(log.notna(), None).to_dict("list"),
        "measured": evaluate(file, name, faces.reshape(-1, *faces.shape[2:])),
    }  # fmt: skip
    store.write_text(out / f"{name}.json", json.dumps(card, indent=1) + "\n")
    return card


def summary(card: dict) -> list[str]:
    """A card's lines for people."""
    measured = card["measured"]
    made = card["measured"]["identities"]
    lines = [
        f"{card['model']}: {card['network']}, {card['parameters']} parameters; "
        f"loss: {card['loss']['reference']}; features: {card['features']}",
        f"{card['steps']} steps, {card['seconds'] / 60:.1f} min "
        f"({card['cpu_seconds'] / 60:.1f} min of CPU) on {card['device']['device']}, "
        f"{card['device']['threads']} threads, seed {card['settings']['seed']}; {card['data']}",
        f"PSNR, SSIM on {made['each']} held-out identities of each of {len(made['seeds'])} seeds "
        "(mean, 95 % interval over the seeds):",
    ]
    for method, row in measured["methods"].items():
        if row is None:
            lines.append(f"  {method:<20} absent")
            continue
        p, q = row["psnr"], row["ssim"]
        lines.append(
            f"  {method:<20} {p['mean']:.2f} dB [{p['low']:.2f}, {p['high']:.2f}]  "
            f"{q['mean']:.4f} [{q['low']:.4f}, {q['high']:.4f}]"
        )
    return lines


def table(cards: dict[str, dict]) -> Table:
    """Model cards as a table of a chapter: loss, length, and PSNR beside that of the peers."""
    rows = []
    for name, card in cards.items():
        made = card["measured"]["methods"]
        peer = PEERS[find(name).scale]
        others = ("its linear start", f"bicubic-x{find(name).scale}", "bicubic, sharpened", peer)
        cells = [_psnr(made[name]), *(_psnr(made[other]) for other in others)]
        length = Cell(f"{card['steps']} steps", f"{card['cpu_seconds'] / 60:.1f} min of CPU")
        rows.append([Cell(name, card["loss"]["reference"]), length, *cells])
    seeds = next(iter(cards.values()))["measured"]["identities"]["seeds"]
    return Table(
        f"Our networks and their peers at the same factor: PSNR (dB) on rendered faces of "
        f"identities held out from training, mean over {len(seeds)} seeds with its 95 % interval. "
        "The published network is psnr-small at x2 and esrgan-x4 at x4.",
        ["Network", "Length", "PSNR", "linear start", "bicubic", "sharpened bicubic", "published"],
        rows,
    )


def _psnr(measured: dict | None) -> str | Cell:
    if measured is None:
        return ABSENT
    value = measured["psnr"]
    return Cell(f"{value['mean']:.2f}", f"{value['low']:.2f} to {value['high']:.2f}")
