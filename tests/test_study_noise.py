"""The study of pure noise."""

from mer_core import studies


def test_noise_stays_at_chance_over_the_committed_seeds():
    summary = studies.read("noise").tables["summary"].set_index("score")
    assert summary.seeds["uar"] == 200
    assert summary["mean"]["uar"] <= 0.34
