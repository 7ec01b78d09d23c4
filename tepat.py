"""The command line: finds the one command that is asked for, loads only what it needs, runs it."""

import sys
from collections.abc import Sequence
from importlib import import_module

import typer

import config.log
import config.settings
from config.errors import TepatError

GROUPS = {
    "terminal": "Attendance terminals: add, set, list, read.",
    "rejected": "Records that could not be taken as a punch: look at them, read them again.",
    "import": "Bring in files: USB exports of terminals, and CSV tables of the office.",
    "rulebook": "The regulations that scores are computed from.",
    "simulate": "Pretended terminals that speak the real protocols.",
    "user": "People who may log in to the pages.",
    "broker": "The MQTT broker of the office: Mosquitto's files, certificates and accounts.",
    "key": "Keys of machines that use the API.",
}

COMMANDS = {
    "up": "collector.up:up",
    "collect": "collector.commands:collect",
    "score": "scoring.commands:score",
    "lock": "scoring.lock_commands:lock",
    "adjustments": "scoring.lock_commands:adjustments",
    "discipline": "scoring.duty_commands:discipline",
    "meals": "scoring.duty_commands:meals",
    "explain": "scoring.commands:explain",
    "punctuality": "scoring.standing_commands:punctuality",
    "merit": "scoring.standing_commands:merit",
    "distribution": "scoring.standing_commands:distribution",
    "maturity": "scoring.standing_commands:maturity",
    "serve": "api.commands:serve",
    "terminal add": "collector.terminal_commands:add_terminal",
    "terminal set": "collector.terminal_commands:set_terminal",
    "terminal list": "collector.terminal_commands:list_terminals",
    "terminal doctor": "collector.doctor.command:doctor",
    "terminal read": "devices.commands:read_terminal",
    "terminal find": "collector.find_commands:find_terminals",
    "terminal push": "collector.people_commands:push_people",
    "terminal clear-log": "collector.clear_commands:clear_terminal_log",
    "terminal pushing": "collector.push.commands:list_pushing",
    "terminal approve": "collector.push.commands:approve_terminal",
    "terminal block": "collector.push.commands:block_terminal",
    "terminal operations": "collector.push.commands:list_operations",
    "terminal fetch": "collector.push.commands:fetch_terminal",
    "rejected list": "collector.rejected_commands:list_rejected",
    "rejected show": "collector.rejected_commands:show_rejected",
    "rejected retry": "collector.rejected_commands:retry_rejected",
    "import attlog": "collector.commands:import_attlog",
    "import units": "ingest.commands:import_units",
    "import employees": "ingest.commands:import_employees",
    "import heads": "ingest.commands:import_heads",
    "import absences": "ingest.commands:import_absences",
    "import exits": "ingest.commands:import_exits",
    "import corrections": "ingest.commands:import_corrections",
    "import assemblies": "ingest.commands:import_assemblies",
    "import attended": "ingest.commands:import_attended",
    "import grades": "ingest.commands:import_grades",
    "import activities": "ingest.commands:import_activities",
    "import deadlines": "ingest.commands:import_deadlines",
    "import shifts": "ingest.commands:import_shifts",
    "import rosters": "ingest.commands:import_rosters",
    "import weeks": "ingest.commands:import_weeks",
    "import targets": "ingest.commands:import_targets",
    "import classes": "ingest.commands:import_classes",
    "import plans": "ingest.commands:import_plans",
    "import catalogue": "ingest.commands:import_catalogue",
    "import ratings": "ingest.commands:import_ratings",
    "import evaluations": "ingest.commands:import_evaluations",
    "import predicates": "ingest.commands:import_predicates",
    "import decisions": "ingest.commands:import_decisions",
    "broker config": "config.broker_commands:write_config",
    "broker access": "config.broker_commands:write_access_list",
    "broker certificate": "config.broker_commands:make_broker_certificate",
    "broker account": "config.broker_commands:set_account",
    "rulebook check": "config.commands:check_rulebooks",
    "rulebook show": "config.commands:show_rulebook",
    "rulebook diff": "config.diff_command:diff_rulebooks",
    "rulebook simulate": "scoring.simulate_commands:simulate",
    "user add": "api.commands:add_user",
    "user disable": "api.commands:disable_user",
    "key add": "api.commands:add_key",
    "key revoke": "api.commands:revoke_key",
    "migrate": "ingest.commands:migrate",
    "simulate zk": "devices.simulator.commands:simulate_zk",
    "simulate mqtt": "devices.simulator.commands:simulate_mqtt",
    "simulate iclock": "devices.simulator.commands:simulate_iclock",
    "demo": "demo.commands:demo",
}
"""Each command and the function behind it. The function's module is imported only when the command is asked for:
all of them together take seconds to load, and `tepat terminal read` needs neither frames nor pages."""


def assemble(names: Sequence[str]) -> typer.Typer:
    """The command line with these of the COMMANDS."""
    app = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        help="Tepat pulls punches from attendance terminals and turns them into scores that explain themselves.",
        epilog="Settings are TEPAT_… variables; docs/settings.md lists them. All state lives under TEPAT_DATA_DIR.",
    )
    app.callback()(start)
    groups: dict[str, typer.Typer] = {}
    for name in names:
        module, function = COMMANDS[name].split(":")
        group, _, word = name.rpartition(" ")
        if group and group not in groups:
            groups[group] = typer.Typer(no_args_is_help=True, help=GROUPS[group])
            app.add_typer(groups[group], name=group)
        groups.get(group, app).command(word)(getattr(import_module(module), function))
    return app


def start() -> None:
    """What every command does first."""
    config.log.configure(config.settings.load().log_level)


def asked_for(arguments: Sequence[str]) -> list[str]:
    """The one command that the arguments begin with, or all where they begin with none: for help, and for mistakes."""
    return [name for name in COMMANDS if name.split() == list(arguments[: len(name.split())])] or list(COMMANDS)


def main() -> None:
    """Run one command; an error that a person can mend is one plain line and exit status 1."""
    try:
        assemble(asked_for(sys.argv[1:]))(prog_name="tepat")
    except TepatError as error:
        sys.exit(f"tepat: {error}")


if __name__ == "__main__":
    main()
