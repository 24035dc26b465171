import errno
import types

import numpy as np
import pytest

from mer_core import store
from mer_core.store import Store, atomic_write, code_digest, digest


def test_digest_tells_values_types_and_shapes_apart():
    a = np.arange(6, dtype=np.uint8)
    parts = [a, a.reshape(2, 3), a.astype(np.int8), bytes(a), [0, 1], "0 1", {"a": 1}, {"a": 2}]
    assert len({digest(p) for p in parts}) == len(parts)
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest([1], [2]) != digest([1, 2])
    assert digest(a[::2]) == digest(np.array([0, 2, 4], np.uint8))


def test_an_entry_is_made_once(tmp_path):
    made = []
    keep = Store(tmp_path)

    def make():
        made.append(1)
        return np.arange(3)

    for _ in range(2):
        assert keep.get_or_make({"x": 1}, make).tolist() == [0, 1, 2]
    assert made == [1]
    assert keep.get({"x": 2}) is None


def test_a_damaged_entry_is_made_again(tmp_path):
    keep = Store(tmp_path)
    keep.get_or_make({}, lambda: np.arange(100))
    whole = keep.path({}).read_bytes()
    for damaged in (b"", whole[:50], whole[:200]):
        keep.path({}).write_bytes(damaged)
        assert keep.get_or_make({}, lambda: np.arange(100)).sum() == 4950
        assert keep.path({}).read_bytes() == whole
    keep.path({}).write_bytes(whole[:200])
    (keep.path({}).parent / ".half.npy").write_bytes(b"")
    assert keep.verify() == (0, 2) and keep.verify() == (0, 0)


def test_no_pickle_goes_in_or_out(tmp_path):
    with pytest.raises(ValueError, match="pickle"):
        Store(tmp_path).get_or_make({}, lambda: np.array([{}]))
    assert list(tmp_path.rglob("*.npy")) == []


def test_a_write_is_whole_or_not_at_all(tmp_path):
    target = tmp_path / "deep" / "file.txt"
    store.write_text(target, "first")
    with pytest.raises(RuntimeError), atomic_write(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert target.read_text() == "first"
    assert [p.name for p in target.parent.iterdir()] == ["file.txt"]


def test_an_unwritable_place_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"cannot write .*inside.txt: .*; name a writable folder"):
        store.write_text(tmp_path / "file" / "inside.txt", "")


def test_a_full_disk_is_named_and_leaves_what_was_there(tmp_path):
    (tmp_path / "x").write_text("before")
    with (
        pytest.raises(OSError, match=r"cannot write .*x: No space left on device; free some"),
        atomic_write(tmp_path / "x"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert [p.name for p in tmp_path.iterdir()] == ["x"]
    assert (tmp_path / "x").read_text() == "before"


@pytest.mark.parametrize("size", [500, 600, 3072, 20000])
def test_an_array_is_stored_whole_or_not_at_all(tmp_path, size):
    """No file may be larger than 2000 bytes: np.save itself would truncate 600 and say nothing."""
    resource = pytest.importorskip("resource")
    entries, wanted = store.Store(tmp_path), np.arange(size, dtype=np.float32)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    try:
        with pytest.raises(OSError, match=r"cannot write .*npy: File too large; free some space"):
            entries.get_or_make({"size": size}, lambda: wanted)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []
    np.testing.assert_array_equal(entries.get_or_make({"size": size}, lambda: wanted), wanted)


def test_folders_follow_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("MER_CACHE", str(tmp_path / "c"))
    monkeypatch.delenv("MER_DATA", raising=False)
    assert store.cache_dir() == tmp_path / "c" and store.data_dir() == tmp_path / "c" / "data"
    monkeypatch.setenv("MER_DATA", str(tmp_path / "d"))
    assert store.data_dir() == tmp_path / "d"
    monkeypatch.delenv("MER_CACHE")
    assert store.cache_dir().name == "mer"


def test_code_digest_sees_an_edit(tmp_path):
    def module():
        found = types.ModuleType("edited")
        found.__file__ = str(tmp_path / "edited.py")
        return found

    (tmp_path / "edited.py").write_text("x = 1\n")
    before = code_digest(module())
    assert code_digest(module()) == before
    (tmp_path / "edited.py").write_text('"""Words."""\n\nx = 1  # a reason\n')
    assert code_digest(module()) == before
    (tmp_path / "edited.py").write_text("x = 2\n")
    assert code_digest(module()) != before


def test_what_a_comment_or_a_docstring_says_is_no_code():
    source = '''
def f(x):
    """Words."""

    return "# not a comment", x  # a reason
'''
    assert store._meaning(source) == 'def f(x):\n    return "# not a comment", x'


def test_usage_and_clear(tmp_path):
    store.write_text(tmp_path / "part" / "a", "12345")
    assert store.usage(tmp_path / "part") == (1, 5)
    store.clear(tmp_path / "part")
    store.clear(tmp_path / "part")
    assert store.usage(tmp_path / "part") == (0, 0)
