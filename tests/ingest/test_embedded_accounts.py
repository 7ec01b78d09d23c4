"""As whom root's embedded server runs. An ordinary user's runs as that user in all the other tests."""

import os
import pwd
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import embedded
from ingest.server_folder import DatabaseServerError
from ingest.server_process import Account, copied, first_closed, installed_package, needed
from tests.ingest.holders import answers, ask, holding, server_pid

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another account")
NOBODY = pwd.getpwnam("nobody")


def package_in(folder: Path) -> dict[str, str]:
    """A copy of the package with the programs, and the environment in which it is found first."""
    package = copied(installed_package(), folder / "packages")
    (package / "__init__.py").touch()
    return {"PYTHONPATH": str(package.parent)}


def reachable_package(folder: Path) -> dict[str, str]:
    """A copy where other accounts reach it, if they do not reach the installed one."""
    nobody = Account(NOBODY.pw_uid, NOBODY.pw_gid, "nobody")
    return package_in(folder) if first_closed(needed(installed_package()), nobody) else {}


@pytest.fixture
def closed_folder(open_folder: Path) -> Iterator[Path]:
    folder = open_folder / "closed"
    folder.mkdir()
    folder.chmod(0o700)
    yield folder
    assert folder.stat().st_mode & 0o777 == 0o700, "the permissions of an existing folder were changed"


@as_root
def test_roots_server_runs_as_nobody_and_opens_no_folder(open_folder: Path) -> None:
    existing = open_folder / "existing"
    existing.mkdir()
    existing.chmod(0o751)
    with embedded.running(existing / "data") as url:
        assert ask(url, "SELECT 1") == 1
        assert Path(f"/proc/{server_pid(existing / 'data')}").stat().st_uid == NOBODY.pw_uid
    assert existing.stat().st_mode & 0o777 == 0o751
    assert (existing / "data" / "postgresql" / "password").stat().st_uid == 0
    assert (existing / "data" / "postgresql" / "data").stat().st_mode & 0o777 == 0o700


@as_root
def test_a_closed_folder_on_the_way_is_named(closed_folder: Path) -> None:
    with (
        pytest.raises(DatabaseServerError, match=rf"nobody.*{closed_folder} is closed.*TEPAT_DATA_DIR"),
        embedded.running(closed_folder / "deep" / "data"),
    ):
        pass


@pytest.mark.long
@as_root
def test_programs_that_nobody_cannot_reach_are_copied_once(closed_folder: Path, open_folder: Path) -> None:
    environment = package_in(closed_folder)
    data_dir = open_folder / "data"
    with holding(data_dir, environment=environment) as holder:
        assert answers(holder.url())
        program = Path(f"/proc/{server_pid(data_dir)}/exe").readlink()
        assert program.is_relative_to(data_dir)
        inode = program.stat().st_ino
        assert holder.leave() == 0
    with holding(data_dir, environment=environment) as holder:
        holder.url()
        assert Path(f"/proc/{server_pid(data_dir)}/exe").stat().st_ino == inode


@pytest.mark.long
@as_root
def test_an_ordinary_users_command_runs_the_server_as_that_user(open_folder: Path) -> None:
    environment = reachable_package(open_folder)
    shutil.chown(open_folder, NOBODY.pw_uid)
    data_dir = open_folder / "data"
    with holding(data_dir, account=NOBODY.pw_uid, environment=environment) as holder:
        url = holder.url()
        assert answers(url)
        assert data_dir.stat().st_mode & 0o777 == 0o700
        assert Path(f"/proc/{server_pid(data_dir)}").stat().st_uid == NOBODY.pw_uid
        assert holder.leave() == 0
    assert not answers(url)


@as_root
@pytest.mark.long
def test_root_and_the_owner_of_a_folder_take_turns(open_folder: Path) -> None:
    environment = reachable_package(open_folder)
    owner = pwd.getpwnam("daemon")
    shutil.chown(open_folder, owner.pw_uid)
    data_dir = open_folder / "data"
    for account in (owner.pw_uid, 0, owner.pw_uid):
        with holding(data_dir, account=account, environment=environment) as holder:
            assert answers(holder.url())
            assert Path(f"/proc/{server_pid(data_dir)}").stat().st_uid == owner.pw_uid
            assert holder.leave() == 0
