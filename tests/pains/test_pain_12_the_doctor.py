"""Pain 12: the service runs, nothing arrives, no diagnosis. The doctor names the one broken step and its cure."""

from pathlib import Path

from psycopg_pool import ConnectionPool

from collector.doctor.walk import examine
from config.only_one import only_one
from config.settings import Settings
from tests.collector.test_poll import terminal_with


def test_a_collector_that_runs_and_a_terminal_that_answers_and_still_nothing_is_read(
    pool: ConnectionPool, tmp_path: Path
) -> None:
    with terminal_with(40, pool), only_one(tmp_path / "collector.lock", "taken"):
        found = {
            finding.step: finding for finding in examine("lobi", pool, Settings.model_validate({"data_dir": tmp_path}))
        }
    assert [step for step in ("collector", "port", "key", "log") if found[step].state != "good"] == []
    assert found["unread"].sentence("en") == "40 records are not read yet, and it was never read well."
    assert found["unread"].sentence("id").startswith("40 rekaman belum dibaca")
    assert "tepat up" in (found["unread"].cure("id") or "")
