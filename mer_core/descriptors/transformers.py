"""scikit-learn transformers over clips: for a Pipeline or a grid search. The file that knows it."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from mer_core.descriptors import describe_all


class _ClipTransformer(TransformerMixin, BaseEstimator):
    """Grey clips to rows of histograms; `name` is the descriptor, `own` what it is not given."""

    name: str
    own = ("workers",)

    def fit(self, clips, labels=None):
        """Learn nothing, but describe one clip, so that a wrong parameter is an error now."""
        first = self._describe([clips[0]], workers=1)
        self.shape_ = first.shape[1:]
        return self

    def transform(self, clips) -> np.ndarray:
        """(clips, blocks * 3 * bins) array of float64; blocks slowest, then planes, then bins."""
        return self._describe(clips, workers=self.workers).reshape(len(clips), -1)

    def get_feature_names_out(self, input_features=None) -> np.ndarray:
        """Names such as ``block0_XY_bin12``, in the order of the columns."""
        blocks, planes, bins = self.shape_
        return np.array(
            [
                f"block{b}_{('XY', 'XT', 'YT')[p]}_bin{k}"
                for b in range(blocks)
                for p in range(planes)
                for k in range(bins)
            ],
            dtype=object,
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.no_validation = True
        return tags

    def _describe(self, clips, workers):
        parameters = {k: v for k, v in self.get_params().items() if k not in self.own}
        return describe_all(clips, self.name, workers=workers, **parameters)


class LBPTOP(_ClipTransformer):
    """`mer_core.descriptors.lbp_top` over a sequence of grey clips; `workers` threads."""

    name = "lbp-top"

    def __init__(
        self,
        *,
        radii=(1, 1, 1),
        points=8,
        sampling="nearest",
        mapping="uniform",
        grid=(1, 1, 1),
        convention="zhao2007",
        frames=None,
        resampling="select",
        workers=1,
    ):
        self.radii = radii
        self.points = points
        self.sampling = sampling
        self.mapping = mapping
        self.grid = grid
        self.convention = convention
        self.frames = frames
        self.resampling = resampling
        self.workers = workers


class LPQTOP(_ClipTransformer):
    """`mer_core.descriptors.lpq_top` over a sequence of grey clips; `workers` threads."""

    name = "lpq-top"

    def __init__(
        self,
        *,
        window=(5, 5, 5),
        decorrelation=None,
        weights=(1, 1, 1),
        grid=(1, 1, 1),
        frames=None,
        resampling="select",
        workers=1,
    ):
        self.window = window
        self.decorrelation = decorrelation
        self.weights = weights
        self.grid = grid
        self.frames = frames
        self.resampling = resampling
        self.workers = workers
