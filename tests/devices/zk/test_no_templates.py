"""No fingerprint or face ever travels: the code knows no command that moves one, and calls none of pyzk's."""

import re
from pathlib import Path

from devices.zk.frames import Command
from devices.zk.terminal import PEOPLE

ROOT = Path(__file__).parents[3]
TEMPLATE_COMMANDS = {7, 10, 18, 19, 61, 88, 110}
"""Read a table, write a template, delete somebody, delete a template, enrol a finger, get one, save several."""
OF_PYZK = re.compile(r"\.(get_templates?|get_user_template|save_user_template|delete_user\w*|enroll_user|HR_save\w*)\b")


def sources() -> dict[str, str]:
    folders = ("devices", "collector", "demo")
    return {
        path.relative_to(ROOT).as_posix(): path.read_text() for each in folders for path in (ROOT / each).rglob("*.py")
    }


def test_no_command_moves_a_template_or_deletes_somebody() -> None:
    assert not TEMPLATE_COMMANDS & {int(command) for command in Command}
    assert [name for name, text in sources().items() if OF_PYZK.search(text)] == []


def test_command_9_asks_for_the_list_of_people_and_never_for_templates() -> None:
    """The same command reads templates when it asks for another table."""
    assert PEOPLE == 5
    asking = {name: re.findall(r"Command\.USERS_READ(?:, (\w+))?", text) for name, text in sources().items()}
    assert {name: what for name, what in asking.items() if what} == {
        "devices/zk/terminal.py": ["PEOPLE"],
        "devices/simulator/zk/transfer.py": [""],
    }
