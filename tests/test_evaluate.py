import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, recall_score
from sklearn.model_selection import GroupKFold, LeaveOneGroupOut
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from mer_core.evaluate import C_GRID, PROTOCOLS, loso, predict, scores, wilson

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


def test_kfold_by_subject_is_scikit_learn_s(data):
    X, y, groups = data
    want = np.empty_like(y)
    for train, test in GroupKFold(3).split(X, groups=groups):
        machine = make_pipeline(STEPS["sqrt"], SVC(kernel="linear", C=2.0))
        want[test] = machine.fit(X[train], y[train]).predict(X[test])
    got = predict(X, y, groups, protocol="kfold", folds=3, C=2.0)
    assert list(got.predicted) == list(want)
    as_many = predict(X, y, groups, protocol="kfold", folds=99, C=2.0)  # as folds as subjects
    assert list(as_many.predicted) == list(loso(X, y, groups, C=2.0).predicted)


def splits(name, y, groups, folds=4, seed=0):
    return list(PROTOCOLS[name].split(y, groups, folds, seed))


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_protocol_keeps_its_promise(data, name):
    _, y, groups = data
    protocol = PROTOCOLS[name]
    found = splits(name, y, groups)
    shared = [bool(set(groups[a]) & set(groups[b])) for a, b in found]
    assert all(shared) if protocol.leak else not any(shared)
    for train, test in found:
        assert sorted([*train, *test]) == list(range(len(y)))
    tested = sorted(i for _, test in found for i in test)
    if protocol.repeated:
        assert len(found) == 4 and all(len(set(groups[b])) == 2 for _, b in found)
    else:
        assert tested == list(range(len(y)))
    other = splits(name, y, groups, seed=1)
    same = len(found) == len(other) and all(
        np.array_equal(a[1], b[1]) for a, b in zip(found, other, strict=True)
    )
    assert same == (name == "loso")


def test_folds_of_clips_hold_each_class_evenly(data):
    _, y, groups = data
    held = [test for _, test in splits("by-clip", y, groups)]
    for name in np.unique(y):
        counts = [int((y[test] == name).sum()) for test in held]
        assert max(counts) - min(counts) <= 1
    assert len(splits("by-clip", y, groups, folds=1000)) == len(y)


def test_repeated_hold_outs_are_pooled_and_count_each_clip_once(data):
    X, y, groups = data
    names = pd.Series(y, index=[f"c{k:02d}" for k in range(48)])
    table = predict(X, names, groups, protocol="holdout", folds=6, C=1.0)
    assert set(table.repeat) == set(range(6)) and len(table) > 48
    found = scores(table)
    assert found["n"] == table.index.nunique() <= 48
    assert found["accuracy"] == pytest.approx((table.predicted == table.label).mean())
    assert found["accuracy_low"] == pytest.approx(
        wilson(found["accuracy"] * found["n"], found["n"])[0]
    )


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"protocol": "loocv"}, "protocol: got 'loocv'; allowed are loso, kfold, holdout, by-clip"),
        ({"folds": 1}, "folds: got 1"),
        ({"folds": 2.5}, "folds: got 2.5"),
    ],
)
def test_wrong_protocols_are_named(data, options, match):
    with pytest.raises(ValueError, match=match):
        predict(*data, **options)


def predictions_of(matrix, classes):
    """A table whose confusion matrix, rows true, is `matrix`; all of one subject."""
    rows = [
        (true, predicted)
        for true, counts in zip(classes, matrix, strict=True)
        for predicted, count in zip(classes, counts, strict=True)
        for _ in range(count)
    ]
    return pd.DataFrame(rows, columns=["label", "predicted"]).assign(subject="s01")


def test_a_published_confusion_matrix():
    """Three classes small enough for the hand: macro F1 46.5 %, macro recall 51.1 %.

    Cats, fish and hens of B. Shmueli, "Multi-Class Metrics Made Simple, Part II: the F1-Score"
    (Towards Data Science, 2019). Its labels, predictions and scores were read in transcripts that
    cite it, not on its own page; they agree with each other and with the fractions below.
    """
    table = predictions_of([(4, 1, 1), (6, 2, 2), (3, 0, 6)], ["cat", "fish", "hen"])
    found = scores(table)
    assert found["n"] == 25 and found["accuracy"] == 12 / 25
    assert found["uf1"] == pytest.approx((8 / 19 + 4 / 13 + 12 / 18) / 3)
    assert round(100 * found["uf1"], 1) == 46.5 and round(100 * found["uar"], 1) == 51.1
    assert list(found["recalls"]) == pytest.approx([4 / 6, 2 / 10, 6 / 9])


EMOTIONS = ["negative", "positive", "surprise"]
STSTNET = {  # dataset: counts, rows true; published UF1 and UAR
    "full": ([(219, 22, 9), (40, 62, 7), (21, 3, 59)], 0.7353, 0.7605),
    "SMIC": ([(54, 10, 6), (17, 30, 4), (14, 1, 28)], 0.6801, 0.7013),
    "CASME II": ([(83, 5, 0), (12, 19, 1), (2, 0, 23)], 0.8382, 0.8686),
    "SAMM": ([(82, 7, 3), (11, 13, 2), (5, 2, 8)], 0.6588, 0.6810),
}


@pytest.mark.parametrize("dataset", STSTNET)
def test_uf1_of_a_micro_expression_paper_to_the_last_digit(dataset):
    """STSTNet, Liong et al. 2019, arXiv:1902.03634, on MEGC 2019's 442 clips (SMIC-HS is 164).

    Counted from its authors' own log of every clip's true and predicted class,
    STSTNet_logfile.txt (commit 26b5c565) of their repository christy1206/STSTNet. Published
    scores: both of the full set in the abstract, UAR of each dataset in the abstract of version
    1, UF1 of each as a public list of the paper's results has it. UF1 agrees in all four rows.
    What is published as UAR is the mean *precision*: the recall of the matrix with its rows and
    columns exchanged. The mean recall of the logged predictions is .7186 on the full set.
    """
    matrix, uf1, printed = STSTNET[dataset]
    found = scores(predictions_of(matrix, EMOTIONS))
    exchanged = scores(predictions_of(np.transpose(matrix), EMOTIONS))
    assert round(found["uf1"], 4) == round(exchanged["uf1"], 4) == uf1
    assert round(exchanged["uar"], 4) == printed
    assert found["uar"] < printed - 0.03


def test_uf1_and_uar_of_a_published_log():
    """The same network in PyTorch: "UF1: 0.7209 | UAR: 0.725", the log's last line.

    Counted from STSTNet_python_logfile.txt (commit 220f3de2) of the same repository, whose
    program takes UAR as the mean recall, as MEGC 2019 does.
    """
    matrix = [(195, 39, 16), (36, 68, 5), (12, 7, 64)]
    found = scores(predictions_of(matrix, EMOTIONS))
    assert (found["n"], round(found["uf1"], 4), round(found["uar"], 4)) == (442, 0.7209, 0.725)


def test_scores_need_their_columns(data):
    with pytest.raises(ValueError, match="lacks the column predicted"):
        scores(pd.DataFrame({"subject": ["a"], "label": ["x"]}))
    with pytest.raises(ValueError, match="no row"):
        scores(pd.DataFrame({"subject": [], "label": [], "predicted": []}))
