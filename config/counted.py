"""A number with its word, as English wants it."""


def counted(number: int, word: str, several: str | None = None) -> str:
    """1 record, 2 records. several: the word where it takes no s."""
    return f"{number} {word if number == 1 else several or word + 's'}"
