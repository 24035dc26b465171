"""What a run leaves: its log, its plot, its weights."""

from pathlib import Path

import numpy as np

from mer_core.store import atomic_write
from mer_core.superres import networks
from mer_core.superres.registry import Network


def write_log(out: Path, name: str, columns: tuple, rows: list, warm: int) -> None:
    """Write ``log.csv`` and ``losses.png`` of a run so far."""
    import pandas as pd

    table = pd.DataFrame(rows, columns=list(columns)).astype({"step": int})
    with atomic_write(out / "log.csv") as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n", float_format="%.6g")
    from matplotlib.figure import Figure

    from mer_core.figures import losses

    figure = Figure(figsize=(7, 2.8), layout="constrained")
    losses(table, warm, figure.subplots(1, 2))
    figure.suptitle(name)
    with atomic_write(out / "losses.png") as temporary:
        figure.savefig(temporary, format="png", dpi=120)


def write_weights(file: Path, tensors: dict[str, np.ndarray], spec: Network) -> None:
    """Write a generator as float16 safetensors, names sorted; only what fits `spec` whole."""
    from safetensors.numpy import save

    networks.check_tensors(tensors, networks.expected(spec), origin=file.name)
    halves = {k: np.ascontiguousarray(tensors[k].astype(np.float16)) for k in sorted(tensors)}
    with atomic_write(file) as temporary:
        temporary.write_bytes(save(halves, {"network": str(spec)}))
