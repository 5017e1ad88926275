"""What only the store in a file does: sharing, surviving, privacy, damage."""

from __future__ import annotations

import json
import logging
import os
import pickle
import signal
import time
from pathlib import Path

import pytest

from gemini_live import ConfigError
from gemini_live.stores import FileHandleStore, file
from gemini_live.stores.locking import locked

from .conftest import HANDLE, NOW, SECONDS, finish, mode_of

SAVING = """
    import sys
    from gemini_live.stores import FileHandleStore
    store, number = FileHandleStore(sys.argv[1]), sys.argv[2]
    print("ready", flush=True)
    sys.stdin.readline()
    for index in range(25):
        store.save(f"{number}-{index}", f"handle-{number}-{index}")
"""
DYING = """
    import os, signal, sys
    from pathlib import Path
    from gemini_live.stores import FileHandleStore
    Path.replace = lambda self, target: os.kill(os.getpid(), signal.SIGKILL)
    FileHandleStore(sys.argv[1]).save("a", "new")
"""
FOREIGN = b'{"shopping": ["milk"]}'


@pytest.fixture
def file_store(path, wall):
    """A store in a file, whose time the test moves."""
    return FileHandleStore(path, clock=wall)


@pytest.fixture
def warnings(caplog):
    """Return what was warned of so far."""
    caplog.set_level(logging.DEBUG)
    return lambda: [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


def names(path):
    """Return what is in the file's folder, without the lock."""
    return sorted(entry.name for entry in path.parent.iterdir() if entry.suffix != ".lock")


def test_another_store_of_the_same_file_has_the_handles(file_store, path, wall):
    """So has the next process."""
    file_store.save("a", HANDLE)

    assert FileHandleStore(str(path), clock=wall).load("a") == HANDLE


def test_the_file_is_what_it_is_said_to_be(file_store, path):
    """A version, and for each name the handle and the time."""
    file_store.save("a", HANDLE)

    assert json.loads(path.read_bytes()) == {"version": 1, "handles": {"a": {"handle": HANDLE, "saved_at": NOW}}}
    assert names(path) == ["handles.json"]


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")
def test_nobody_else_may_read_it(file_store, path):
    """Nor the lock beside it; a file that was open to others is closed by the next save."""
    path.touch(0o644)
    path.chmod(0o644)

    file_store.save("a", HANDLE)

    assert [mode_of(entry) for entry in path.parent.iterdir()] == [0o600, 0o600]


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")
def test_a_strict_umask_does_not_lock_the_owner_out(file_store, path, umask):
    """Neither of the file nor of the lock."""
    umask(0o777)

    file_store.save("a", HANDLE)
    file_store.save("b", HANDLE)

    assert [mode_of(entry) for entry in path.parent.iterdir()] == [0o600, 0o600]
    assert file_store.load("a") == HANDLE


def test_loading_makes_nothing(file_store, path):
    """Nor does discarding what is not there; a missing folder is no error for either."""
    missing = FileHandleStore(path.parent / "missing" / "handles.json")

    for store in (file_store, missing):
        assert store.load("a") is None
        store.discard("a")

    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("blocked", [False, True], ids=["missing", "a file"])
def test_a_folder_that_is_none_is_said_so_at_the_first_save(tmp_path, blocked):
    """The error says what to do and names the folder."""
    folder = tmp_path / "folder"
    if blocked:
        folder.touch()

    with pytest.raises(FileNotFoundError, match=r"folder of the file of handles does not exist; make it") as raised:
        FileHandleStore(folder / "handles.json").save("a", HANDLE)

    assert raised.value.filename == str(folder)
    assert HANDLE not in f"{raised.value!r}"


@pytest.mark.parametrize("wrong", ["", None, 7, b"handles.json", "a\0b"], ids=repr)
def test_what_is_no_path_is_refused(wrong):
    """Before anything is saved."""
    with pytest.raises(ConfigError, match="path: must be the path of a file"):
        FileHandleStore(wrong)


def test_a_folder_is_refused(tmp_path):
    """The error says what is wanted."""
    with pytest.raises(ConfigError, match="is a folder; name a file in it"):
        FileHandleStore(tmp_path)


def test_a_program_that_changes_its_folder_keeps_its_file(tmp_path, monkeypatch):
    """A relative path counts from where the store was made."""
    monkeypatch.chdir(tmp_path)
    store = FileHandleStore("handles.json")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")

    store.save("a", HANDLE)

    assert (tmp_path / "handles.json").exists()


def test_its_repr_names_the_file(file_store, path):
    """That is all that it says."""
    file_store.save("a", HANDLE)

    assert repr(file_store) == f"<FileHandleStore {str(path)!r}>"


def test_it_can_be_pickled(path):
    """So it can be handed to a process that is spawned; no handle goes with it."""
    store = FileHandleStore(path)
    store.save("a", HANDLE)

    pickled = pickle.dumps(store)

    assert HANDLE.encode() not in pickled
    assert pickle.loads(pickled).load("a") == HANDLE


def test_processes_lose_nothing(path, start_process):
    """Four save 25 names each at once; the file is whole whenever somebody looks, and in the end has all of them."""
    processes = [start_process(SAVING, path, number) for number in range(4)]
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * 4
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()

    end = time.monotonic() + SECONDS
    while any(process.poll() is None for process in processes):
        assert time.monotonic() < end
        if path.exists():
            assert json.loads(path.read_bytes())["version"] == 1

    assert [finish(process) for process in processes] == [(0, "", "")] * 4
    store = FileHandleStore(path)
    for number in range(4):
        for index in range(25):
            assert store.load(f"{number}-{index}") == f"handle-{number}-{index}"
    assert names(path) == ["handles.json"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_writer_that_is_killed_leaves_the_old_handles(path, start_process):
    """Between writing and replacing; the next one is not kept waiting and clears up."""
    store = FileHandleStore(path)
    store.save("a", "old")

    assert finish(start_process(DYING, path))[0] == -signal.SIGKILL
    assert store.load("a") == "old"
    assert names(path) == ["handles.json", "handles.json.tmp"]
    store.save("b", HANDLE)

    assert (store.load("a"), store.load("b")) == ("old", HANDLE)
    assert names(path) == ["handles.json"]


def test_a_save_that_fails_leaves_the_old_handles(file_store, path, monkeypatch):
    """The error is the system's and shows no handle."""
    file_store.save("a", "old")

    def fail(self, target):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="Input/output error") as raised:
        file_store.save("a", HANDLE)

    assert HANDLE not in f"{raised.value!r}"
    assert file_store.load("a") == "old"
    assert names(path) == ["handles.json"]


def test_a_writer_waits_only_so_long_and_a_reader_not_at_all(file_store, path, monkeypatch):
    """The error names the lock file."""
    monkeypatch.setattr(file, "LOCK_SECONDS", 0.05)
    file_store.save("a", HANDLE)

    with locked(path.with_name("handles.json.lock"), 1):
        assert file_store.load("a") == HANDLE
        for write in (lambda: file_store.save("a", "new"), lambda: file_store.discard("a")):
            with pytest.raises(TimeoutError, match=r"handles\.json\.lock was locked"):
                write()

    assert file_store.load("a") == HANDLE


def test_discarding_takes_the_handle_out_of_the_file(file_store, path):
    """Its bytes are not there any more."""
    file_store.save("a", HANDLE)
    file_store.discard("a")

    assert HANDLE.encode() not in path.read_bytes()


def test_what_is_too_old_is_taken_out_by_the_next_save(file_store, path, wall):
    """Until then it is only not returned."""
    file_store.save("a", HANDLE)
    wall.now += 7201
    assert HANDLE.encode() in path.read_bytes()
    file_store.save("b", "new")

    assert HANDLE.encode() not in path.read_bytes()


def test_what_another_discarded_meanwhile_stays_discarded(file_store, path, monkeypatch):
    """Between looking and locking somebody else was faster."""
    file_store.save("a", HANDLE)
    with monkeypatch.context() as patch:
        other = FileHandleStore(path)
        real = file.locked

        def late(lock, seconds):
            patch.setattr(file, "locked", real)
            other.discard("a")
            return real(lock, seconds)

        patch.setattr(file, "locked", late)
        file_store.discard("a")

    assert file_store.load("a") is None


@pytest.mark.parametrize("content", [FOREIGN, b'{"version": 1, "handles": {"a": ', b'{"version": 2, "handles": {}}'])
def test_a_damaged_file_is_kept_aside(file_store, path, warnings, content):
    """Loading finds nothing and changes nothing; the next save begins a new file."""
    path.write_bytes(content)
    assert file_store.load("a") is None
    assert path.read_bytes() == content

    file_store.save("a", HANDLE)

    assert file_store.load("a") == HANDLE
    assert path.with_name("handles.json.damaged").read_bytes() == content
    assert len(warnings()) == 2
    assert all(str(path) in warning for warning in warnings())
    assert f"kept as {path}.damaged" in warnings()[1]


def test_the_newest_damaged_file_is_kept(file_store, path):
    """There is never more than one."""
    for content in (b"first", b"second"):
        path.write_bytes(content)
        file_store.save("a", HANDLE)

    assert path.with_name("handles.json.damaged").read_bytes() == b"second"
    assert names(path) == ["handles.json", "handles.json.damaged"]


def test_discarding_leaves_a_damaged_file_alone(file_store, path, warnings):
    """There is nothing in it to forget."""
    path.write_bytes(FOREIGN)

    file_store.discard("a")

    assert path.read_bytes() == FOREIGN
    assert names(path) == ["handles.json"]
    assert len(warnings()) == 1


def test_no_log_shows_what_is_in_a_file(file_store, path, caplog):
    """Neither of a good one nor of a damaged one."""
    caplog.set_level(logging.DEBUG)
    file_store.save("a", HANDLE)
    path.write_bytes(path.read_bytes()[:-1])
    file_store.load("a")
    file_store.save("b", HANDLE)
    file_store.discard("b")

    assert len(caplog.records) == 2
    assert HANDLE not in caplog.text


def test_an_empty_file_is_in_order(file_store, path, warnings):
    """It is what ``mkstemp`` makes, and nothing in it can be lost."""
    path.touch()

    assert file_store.load("a") is None
    file_store.save("a", HANDLE)

    assert file_store.load("a") == HANDLE
    assert warnings() == []
    assert names(path) == ["handles.json"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_an_error(file_store, path):
    """The old handles can still be read."""
    file_store.save("a", "old")
    path.parent.chmod(0o500)
    try:
        with pytest.raises(PermissionError):
            file_store.save("a", HANDLE)
        assert file_store.load("a") == "old"
    finally:
        path.parent.chmod(0o700)
