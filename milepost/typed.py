"""What was typed: the parts of Typer that speak, made to speak both languages.

Owns `Command` and `Group` (their usage and their option --help) and `refusal`, which says why a command
line was refused. Titles of help are fixed when this is imported, as Typer fixes all help then. Called
by `cli`, `asking`. May import `words`, `etl.texts`.
"""

from __future__ import annotations

import re
from typing import Any

from typer import rich_utils
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.exceptions import TyperException

from etl.texts import Text
from milepost.words import say

rich_utils.ARGUMENTS_PANEL_TITLE = say("panel_arguments")
rich_utils.OPTIONS_PANEL_TITLE = say("panel_options")
rich_utils.COMMANDS_PANEL_TITLE = say("panel_commands")
rich_utils.DEFAULT_STRING = say("default")
rich_utils.REQUIRED_LONG_STRING = say("is_required")


class Command(TyperCommand):
    """A command whose help is in the language that is spoken."""

    def get_usage(self, ctx: Any) -> str:
        """The line of usage."""
        return _spoken_usage(super().get_usage(ctx))

    def get_help_option(self, ctx: Any) -> TyperOption | None:
        """The option --help."""
        return _spoken_option(super().get_help_option(ctx))


class Group(TyperGroup):
    """All commands, likewise."""

    def get_usage(self, ctx: Any) -> str:
        """The line of usage."""
        return _spoken_usage(super().get_usage(ctx))

    def get_help_option(self, ctx: Any) -> TyperOption | None:
        """The option --help."""
        return _spoken_option(super().get_help_option(ctx))


def _spoken_usage(usage: str) -> str:
    for word, key in (
        ("Usage: ", "usage"),
        ("[OPTIONS]", "usage_options"),
        ("COMMAND [ARGS]...", "usage_command"),
    ):
        usage = usage.replace(word, say(key), 1)
    return usage


def _spoken_option(option: TyperOption | None) -> TyperOption | None:
    if option is not None:
        option.help = say("help_help")
    return option


#: What Typer and pydantic say of a command line, and the same in Chinese.
_REFUSALS = tuple(
    (re.compile(pattern), chinese)
    for pattern, chinese in (
        (r"No such command '(.*?)'\.?(?: Did you mean (.*)\?)?$", "没有命令“{0}”；是否为 {1}？"),
        (r"No such option: (\S+)(?: \(Possible options: (.*)\))?$", "没有选项 {0}；是否为 {1}？"),
        (r"Missing argument '(.*)'\.", "缺少参数 {0}"),
        (r"Missing option '(.*)'\.", "缺少选项 {0}"),
        (r"Missing command\.", "没有写命令"),
        (r"Got unexpected extra argument(?:\(s\)|s)? \((.*)\)", "多出参数：{0}"),
        (r"Option '(.*)' requires an argument\.", "选项 {0} 后面要写值"),
        (r"Option '(.*)' does not take a value\.", "选项 {0} 后面不写值"),
        (r"Invalid value for '(.*?)': .*'(.*)' does not match the formats .*",
         "{0}：“{1}”不是日期；请写成 2025-06-30"),
        (r"Invalid value for '(.*?)': .*'(.*)' is not one of (.*)\.", "{0}：不能写“{1}”；可写：{2}"),
        (r"Invalid value for '(.*?)': .*valid integer.*", "{0}：应为整数"),
        (r"Invalid value for '(.*?)': .*valid number.*", "{0}：应为数字"),
        (r"Invalid value for '(.*?)': .*greater than or equal to (.*)", "{0}：不能小于 {1}"),
        (r"Invalid value for '(.*?)': (.*)", "{0}：值不对（{1}）"),
        (r"Invalid value: (.*)", "{0}"),
    )
)  # fmt: skip


def refusal(error: TyperException) -> Text:
    """Why a command line was refused."""
    said = " ".join(error.format_message().split()).replace("Value error, ", "")
    for pattern, chinese in _REFUSALS:
        found = pattern.match(said)
        if found is not None:
            words = [(word or "").replace("'", "").replace(", ", "、") for word in found.groups()]
            template = chinese if all(words) else chinese.split("；是否为")[0]
            return Text(template.format(*words), said)
    return Text(said, said)
