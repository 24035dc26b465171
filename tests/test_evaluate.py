import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, recall_score
from sklearn.model_selection import GroupKFold, LeaveOneGroupOut
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from mer_core.evaluate import C_GRID, loso, scores, wilson

STEPS = {"sqrt": FunctionTransformer(np.sqrt), "standard": StandardScaler(), None: "passthrough"}


@pytest.fixture
def data():
    """48 clips of 6 subjects, 60 features (more than clips, as histograms have)."""
    rng = np.random.default_rng(0)
    subjects = np.repeat([f"s{k:02d}" for k in range(6)], [4, 12, 8, 8, 9, 7])
    labels = rng.choice(["negative", "positive", "surprise"], 48)
    features = np.abs(rng.normal(size=(48, 60)))
    features[:, :20] += 0.3 * (labels == "negative")[:, None]
    features[:, 20:40] += 0.3 * (labels == "positive")[:, None]
    return features, labels, subjects


@pytest.mark.parametrize("kernel", ["linear", "poly", "rbf"])
@pytest.mark.parametrize("transform", ["sqrt", "standard", None])
def test_equal_to_a_scikit_learn_pipeline_in_every_fold(data, kernel, transform):
    """Fixed C: the same predictions as Pipeline(transform, SVC) under LeaveOneGroupOut."""
    X, y, groups = data
    want = np.empty_like(y)
    for train, test in LeaveOneGroupOut().split(X, y, groups):
        machine = make_pipeline(STEPS[transform], SVC(kernel=kernel, C=2.0))
        want[test] = machine.fit(X[train], y[train]).predict(X[test])
    got = loso(X, y, groups, kernel=kernel, C=2.0, transform=transform)
    assert list(got.predicted) == list(want)


def test_the_choice_is_made_inside_the_training_subjects(data):
    """C by hand: most clips right over GroupKFold(5) of the training subjects, first of equals."""
    X, y, groups = data
    got = loso(X, y, groups)
    for subject in np.unique(groups):
        train = np.flatnonzero(groups != subject)
        right = []
        for C in C_GRID:
            hits = 0
            for fit, held in GroupKFold(5).split(train, groups=groups[train]):
                machine = make_pipeline(STEPS["sqrt"], SVC(kernel="linear", C=C))
                machine.fit(X[train[fit]], y[train[fit]])
                hits += (machine.predict(X[train[held]]) == y[train[held]]).sum()
            right.append(hits)
        assert set(got.C[got.subject == subject]) == {C_GRID[int(np.argmax(right))]}


def test_a_subject_s_own_labels_change_nothing_in_its_prediction(data):
    X, y, groups = data
    before = loso(X, y, groups, kernel=None, C=1.0)
    swapped = y.copy()
    own = groups == "s02"
    swapped[own] = np.roll(y[own], 1)
    after = loso(X, swapped, groups, kernel=None, C=1.0)
    assert list(before.predicted[own]) == list(after.predicted[own])
    assert list(before.kernel[own]) == list(after.kernel[own])


def test_rows_keep_their_order_and_index(data):
    X, y, groups = data
    order = np.random.default_rng(1).permutation(48)
    straight = loso(X, y, groups, C=1.0)
    mixed = loso(X[order], pd.Series(y[order], index=order), groups[order], C=1.0)
    assert list(mixed.index) == list(order)
    assert list(mixed.sort_index().predicted) == list(straight.predicted)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda X, y, g: (X[0], y, g, {}), "features: got shape"),
        (lambda X, y, g: (X, y[:-1], g, {}), "labels: got shape"),
        (lambda X, y, g: (X, y, ["s01"] * 48, {}), "subjects: got one subject"),
        (lambda X, y, g: (np.where(X > 1, np.nan, X), y, g, {}), "features: got .* NaN"),
        (lambda X, y, g: (X - 5, y, g, {}), "features: got negative"),
        (lambda X, y, g: (X, y, g, {"kernel": "cubic"}), "kernel: got 'cubic'; allowed are linear"),
        (lambda X, y, g: (X, y, g, {"C": 0}), "C: got 0"),
        (lambda X, y, g: (X, y, g, {"gamma": -1}), "gamma: got -1"),
        (lambda X, y, g: (X, y, g, {"transform": "log"}), "transform: got 'log'; allowed are"),
        (lambda X, y, g: (X, g, g == "s01", {}), None),
    ],
)
def test_wrong_input_is_named(data, change, match):
    X, y, groups, options = change(*data)
    if match is None:  # two subjects, each with one class of its own left to learn from
        y, match = np.where(groups, "positive", "negative"), "labels: without subject"
    with pytest.raises(ValueError, match=match):
        loso(X, y, groups, **options)


def test_scores_agree_with_scikit_learn(data):
    table = loso(*data, C=1.0)
    found = scores(table)
    assert found["n"] == 48
    assert found["accuracy"] == accuracy_score(table.label, table.predicted)
    assert found["uf1"] == pytest.approx(f1_score(table.label, table.predicted, average="macro"))
    assert found["uar"] == pytest.approx(
        recall_score(table.label, table.predicted, average="macro")
    )
    np.testing.assert_array_equal(
        found["confusion"].to_numpy(), confusion_matrix(table.label, table.predicted)
    )
    for name in ("accuracy", "uf1", "uar"):
        assert 0 <= found[f"{name}_low"] < found[name] < found[f"{name}_high"] <= 1


def test_scores_by_hand():
    table = pd.DataFrame(
        {"subject": list("aabb"), "label": list("xxyy"), "predicted": list("xyyy")}
    )
    found = scores(table)
    assert found["accuracy"] == 0.75 and found["uar"] == 0.75
    assert found["uf1"] == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert found["confusion"].loc["x", "y"] == 1


def test_wilson_by_hand():
    """80 of 164, z = 1.96: the published formula in another arrangement."""
    z, p, n = 1.959963984540054, 80 / 164, 164
    centre = (p + z**2 / 2 / n) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / 4 / n**2)
    assert wilson(80, 164) == pytest.approx((centre - half, centre + half))
    assert wilson(0, 5)[0] == 0 and wilson(5, 5)[1] == 1


def test_the_bootstrap_draws_subjects_and_is_seeded(data):
    table = loso(*data, C=1.0)
    few = [scores(table, resamples=9, seed=k)["uf1_low"] for k in (0, 0, 1)]
    assert few[0] == few[1] != few[2]
    one = table.assign(subject="s00")  # a single cluster: every resample is the table itself
    assert scores(one)["uf1_low"] == pytest.approx(scores(one)["uf1"])


def test_scores_need_their_columns(data):
    with pytest.raises(ValueError, match="lacks the column predicted"):
        scores(pd.DataFrame({"subject": ["a"], "label": ["x"]}))
    with pytest.raises(ValueError, match="no row"):
        scores(pd.DataFrame({"subject": [], "label": [], "predicted": []}))
