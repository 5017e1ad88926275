"""A private file that is written as a whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gemini_live.stores import replacing
from gemini_live.stores.replacing import read_file, replace_file

from .conftest import mode_of

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")


def names(path):
    """Return what is in the file's folder."""
    return sorted(entry.name for entry in path.parent.iterdir())


def fill_up(*arguments):
    """Find the disk full."""
    raise OSError(28, "No space left on device")


def test_a_file_is_replaced_as_a_whole(path):
    """Nothing of the old one stays, and nothing is left beside it."""
    replace_file(path, b"a longer text")
    replace_file(path, b"new")

    assert read_file(path) == b"new"
    assert names(path) == ["handles.json"]


def test_a_missing_file_is_none(path):
    """Nor is a missing folder an error of reading."""
    assert read_file(path) is None
    assert read_file(path / "x" / "y") is None


@posix
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o777], ids=oct)
def test_the_file_is_private_from_its_first_byte(path, umask, monkeypatch, mask):
    """Whatever the umask, there is no moment at which others may read it."""
    umask(mask)
    modes, real = [], os.open

    def spy(*arguments, **options):
        descriptor = real(*arguments, **options)
        modes.append(os.fstat(descriptor).st_mode & 0o077)
        return descriptor

    monkeypatch.setattr(replacing.os, "open", spy)
    replace_file(path, b"secret")

    assert modes[0] == 0
    assert mode_of(path) == 0o600


@posix
def test_a_file_that_was_open_to_others_is_so_no_longer(path):
    """The new one has its own permissions."""
    path.write_bytes(b"old")
    path.chmod(0o666)

    replace_file(path, b"new")

    assert mode_of(path) == 0o600


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_what_goes_wrong_leaves_the_old_file(path, monkeypatch, step):
    """And no temporary one with secrets in it."""
    replace_file(path, b"old")

    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), fill_up)
    with pytest.raises(OSError, match="No space"):
        replace_file(path, b"new")

    assert read_file(path) == b"old"
    assert names(path) == ["handles.json"]


def test_what_a_killed_writer_left_is_removed(path):
    """The next one begins anew."""
    path.with_name("handles.json.tmp").write_bytes(b"half of some sec")

    replace_file(path, b"new")

    assert read_file(path) == b"new"
    assert names(path) == ["handles.json"]


@posix
def test_a_link_in_the_temporary_file_s_place_is_not_followed(path, tmp_path):
    """What it points at is neither written nor removed."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    path.with_name("handles.json.tmp").symlink_to(victim)

    replace_file(path, b"new")

    assert (read_file(path), victim.read_bytes()) == (b"new", b"mine")


@posix
def test_a_link_that_comes_at_the_last_moment_is_refused(path, tmp_path, monkeypatch):
    """Nothing is written through it."""
    victim, temporary = tmp_path / "victim", path.with_name("handles.json.tmp")
    temporary.symlink_to(victim)
    monkeypatch.setattr(Path, "unlink", lambda *arguments, **options: None)

    with pytest.raises(FileExistsError):
        replace_file(path, b"new")

    assert not victim.exists()
    assert not path.exists()


@posix
def test_a_link_in_the_file_s_place_is_replaced(path, tmp_path):
    """What it points at is read, and left alone."""
    target = tmp_path / "target"
    target.write_bytes(b"old")
    path.symlink_to(target)

    assert read_file(path) == b"old"
    replace_file(path, b"new")

    assert (read_file(path), path.is_symlink(), target.read_bytes()) == (b"new", False, b"old")


@posix
def test_the_old_file_can_be_kept_aside(path):
    """Private too, and in the place of what was there before."""
    aside = path.with_name("handles.json.damaged")
    aside.write_bytes(b"older")
    path.write_bytes(b"old")
    path.chmod(0o644)

    replace_file(path, b"new", aside=aside)

    assert (read_file(path), aside.read_bytes(), mode_of(aside)) == (b"new", b"old", 0o600)


@posix
def test_keeping_a_link_aside_leaves_its_target_s_permissions(path, tmp_path):
    """The link is moved, no more."""
    target, aside = tmp_path / "target", path.with_name("handles.json.damaged")
    target.write_bytes(b"old")
    target.chmod(0o644)
    path.symlink_to(target)

    replace_file(path, b"new", aside=aside)

    assert (aside.is_symlink(), mode_of(target)) == (True, 0o644)


def test_a_disk_that_is_full_moves_nothing_aside(path, monkeypatch):
    """The new file is there before the old one goes."""
    path.write_bytes(b"old")

    monkeypatch.setattr(os, "fsync", fill_up)
    with pytest.raises(OSError, match="No space"):
        replace_file(path, b"new", aside=path.with_name("handles.json.damaged"))

    assert names(path) == ["handles.json"]


@posix
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
def test_what_is_no_file_is_not_read(path, make):
    """Least of all a pipe, which would be waited for."""
    make(path)

    with pytest.raises(OSError, match=r"no regular file: .*handles\.json"):
        read_file(path)


@posix
def test_folders_that_can_not_be_synced_are_no_error(path, monkeypatch):
    """Some file systems have no such thing; the file is there all the same."""
    real = os.fsync

    def fsync(descriptor):
        if not os.path.isfile(f"/proc/self/fd/{descriptor}"):
            raise OSError(22, "Invalid argument")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    replace_file(path, b"new")

    assert read_file(path) == b"new"


def test_folders_that_can_not_be_opened_are_no_error(path, monkeypatch):
    """Windows opens none."""
    real = os.open

    def refuse(name, *arguments):
        if name == path.parent:
            raise PermissionError(13, "Permission denied")
        return real(name, *arguments)

    monkeypatch.setattr(os, "open", refuse)
    replace_file(path, b"new")

    assert read_file(path) == b"new"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_an_error(path):
    """It is not taken for a missing one."""
    path.write_bytes(b"old")
    path.chmod(0)

    with pytest.raises(PermissionError):
        read_file(path)


def test_windows_s_refusals_are_waited_out(path, monkeypatch):
    """A file that another process has open at this moment is replaced a moment later."""
    monkeypatch.setattr(replacing, "_BUSY_SECONDS", 5.0)
    real, refusals = Path.replace, iter([True, True])

    def replace(self, target):
        if next(refusals, False):
            raise PermissionError(13, "Access is denied")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    replace_file(path, b"new")

    assert read_file(path) == b"new"
    assert next(refusals, None) is None


def test_refusals_that_do_not_end_are_errors(path, monkeypatch):
    """They are waited for only so long."""
    monkeypatch.setattr(replacing, "_BUSY_SECONDS", 0.02)

    def refuse(self, target):
        raise PermissionError(13, "Access is denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(PermissionError):
        replace_file(path, b"new")
