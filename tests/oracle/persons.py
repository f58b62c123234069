"""Made-up persons with the documents that they may show: two of one person, or alike of two."""

from __future__ import annotations

from tests.oracle.sources import check_character


def _resident(number: int) -> tuple[str, ...]:
    """A resident in the 18-character form of the number, and in the old one of 15 digits."""
    birth = f"19{50 + number % 40:02d}{1 + number % 12:02d}{1 + number % 28:02d}"
    digits = f"110105{birth}{number:03d}"
    return (digits + check_character(digits), digits[:6] + digits[8:])


#: The spellings of each person's documents. The first ten are those that are easily confused.
PERSONS: tuple[tuple[str, ...], ...] = (
    (
        "11010519491231002X",
        "11010519491231002x",
        "110105491231002",
        "１１０１０５１９４９１２３１００２Ｘ",
    ),
    ("H1234567801", "H1234567802", "h12345678"),  # renewed
    ("M1234567801", "M12345678"),
    ("H1234567901", "Ｈ12345679"),
    ("12345678",),  # a permit of Taiwan
    ("E12345678", "e12345678"),
    ("EA1234567",),
    ("H1234567",),  # a passport, one digit short of a permit
    ("110105491231003", "110105194912310038"),
    ("110105491231011", "110105194912310118"),
    *(_resident(number) for number in range(100, 140)),
)

#: What no document has: such rows are refused.
REFUSED = ("110105194912310021", "110105194913310020", "H123", "1101051949******2X")
