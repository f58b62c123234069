"""How `metrics.yaml` writes numbers, texts and lists, and how a declaration states its own rules.

Owns `Number`, `Bilingual` and `Names`, each with what an editor is told of it, and `Declared`, the base
of all that is declared: frozen, no unknown keys, every broken rule reported. Called by `queries` and
`catalogue`. May import `etl.errors` and `etl.texts`.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from etl.errors import Mistake
from etl.texts import Text


def _fraction(value: object) -> Fraction:
    """A number as written: 40, 2.5 or "100/3", kept exact."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Fraction)):
        raise Mistake(
            Text("应为数字，如 40、2.5 或 100/3", "expected a number such as 40, 2.5 or 100/3")
        )
    try:
        return Fraction(str(value))
    except (ValueError, ZeroDivisionError) as error:
        raise Mistake(
            Text(
                f"“{value}”不是数字；请写成 40、2.5 或 100/3",
                f"{value!r} is no number; write 40, 2.5 or 100/3",
            )
        ) from error


def _text(value: object) -> Text:
    if isinstance(value, Text):
        return value
    if not isinstance(value, dict) or set(value) != {"zh", "en"} or not all(value.values()):
        raise Mistake(
            Text("应写中英两种文字：{zh: ..., en: ...}", "expected both languages: {zh: ..., en: ...}")
        )
    return Text(str(value["zh"]).strip(), str(value["en"]).strip())


def _many(value: object) -> object:
    """One name or a list of names."""
    return (value,) if isinstance(value, str) else value


_NUMBER_SCHEMA = {
    "anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?\d+(\.\d+)?(/\d+)?$"}]
}
_BILINGUAL_SCHEMA = {
    "type": "object",
    "properties": {"zh": {"type": "string"}, "en": {"type": "string"}},
    "required": ["zh", "en"],
    "additionalProperties": False,
}
_NAMES_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}

Number = Annotated[Fraction, BeforeValidator(_fraction), WithJsonSchema(_NUMBER_SCHEMA)]
Bilingual = Annotated[Text, BeforeValidator(_text), WithJsonSchema(_BILINGUAL_SCHEMA)]
Names = Annotated[tuple[str, ...], BeforeValidator(_many), WithJsonSchema(_NAMES_SCHEMA)]


class Declared(BaseModel):
    """Something declared. `problems` says which of its rules are broken, all of them at once."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    def problems(self) -> Iterator[tuple[str, Text]]:
        """The key that each broken rule is about (empty: the whole) and what is wrong with it."""
        return iter(())

    @model_validator(mode="after")
    def _rules(self) -> Self:
        found = [
            InitErrorDetails(
                type=PydanticCustomError("rule", "a rule is broken", {"text": text}),
                loc=(key,) if key else (),
                input=None,
            )
            for key, text in self.problems()
        ]
        if found:
            raise ValidationError.from_exception_data(type(self).__name__, found)
        return self
