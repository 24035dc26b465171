"""What training runs on: Keras's backend, the device, its threads, its precision."""

import os
import sys
from importlib import util

BACKENDS = ("tensorflow", "torch")


def use(backend: str, threads: int | None = None) -> None:
    """Choose Keras's backend and the CPU threads; before Keras is imported.

    Raises ValueError for another name, ModuleNotFoundError where it is not installed, and
    RuntimeError where this process already runs Keras on another backend.
    """
    if backend not in BACKENDS:
        raise ValueError(f"backend: got {backend!r}; allowed are {', '.join(BACKENDS)}")
    if threads is not None and threads < 1:
        raise ValueError(f"threads: got {threads}; at least 1 is needed")
    if util.find_spec(backend) is None:
        raise RuntimeError(f"backend: {backend} is not installed; install it, or choose another")
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = backend
    elif (running := current()) != backend:
        raise RuntimeError(f"backend: got {backend!r}, but this process runs Keras on {running}")
    if threads is not None:
        _limit(backend, threads)


def _limit(backend: str, threads: int) -> None:
    if backend == "torch":
        import torch

        torch.set_num_threads(threads)
        return
    from mer_core.superres.isr import quiet

    with quiet():
        import tensorflow as tf

    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError as error:
        raise RuntimeError(
            "threads: TensorFlow already runs with others in this process"
        ) from error


def current() -> str:
    """Keras's backend in this process."""
    import keras

    return keras.backend.backend()


def describe() -> dict[str, str | int]:
    """Backend, its version, device and threads (on a GPU: 0)."""
    if current() == "torch":
        import torch

        gpu = torch.cuda.is_available()
        device = torch.cuda.get_device_name(0) if gpu else "CPU"
        threads = 0 if gpu else torch.get_num_threads()
        return {"backend": f"torch {torch.__version__}", "device": device, "threads": threads}
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    device = "CPU"
    if gpus:
        device = tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU")
    threads = tf.config.threading.get_intra_op_parallelism_threads() or os.cpu_count() or 1
    return {
        "backend": f"tensorflow {tf.__version__}",
        "device": device,
        "threads": 0 if gpus else threads,
    }


def precision() -> str:
    """ "mixed_bfloat16" on a GPU that computes in it (NVIDIA's from capability 8.0 on), else
    "float32"; a CPU keeps float32."""
    if current() == "torch":
        import torch

        fit = torch.cuda.is_available() and torch.cuda.is_bf16_supported()
        return "mixed_bfloat16" if fit else "float32"
    import tensorflow as tf

    for gpu in tf.config.list_physical_devices("GPU"):
        details = tf.config.experimental.get_device_details(gpu)
        if details.get("compute_capability", (0, 0)) >= (8, 0):
            return "mixed_bfloat16"
    return "float32"
