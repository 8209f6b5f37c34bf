"""How long a list of sensitive words takes to learn, and a message to be looked through.

Compared with looking for each word by itself, which is what one pass saves: `python -m benchmarks.words`.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.figures import tell
from ums.domain.commands import Json
from ums.domain.words import WordMatcher, folded

LETTERS = "abcdefghijklmnopqrstuvwxyz赌博彩票平台网络代理出售发票免费中奖"
TEXTS = ("T" * 43, "Your parcel is on its way", "订单已经发货，请注意查收", "2027-01-15 15:01", "SF1234567890")
REPEATS = 2000
REPEATS_EACH = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Seconds to learn the list, bytes it takes, and seconds to look through one message in both ways."""

    words: int
    learning: float
    memory: int
    one_pass: float
    one_by_one: float

    @property
    def ratio(self) -> float:
        return self.one_by_one / self.one_pass


def measure(count: int) -> Measured:
    """Measure with `count` made-up words, always the same, and a message that holds none of them."""
    words = _words(count)
    message = _message()
    before = _resident()
    started = time.perf_counter()
    matcher = WordMatcher(words)
    learning = time.perf_counter() - started
    memory = _resident() - before
    assert matcher.find(message, "msg_wechatmp.0") is None
    texts = [folded(text) for text in TEXTS]
    forms = [folded(word) for word in words]
    return Measured(
        words=len(matcher),
        learning=learning,
        memory=memory,
        one_pass=_seconds(lambda: matcher.find(message, "msg_wechatmp.0"), REPEATS),
        one_by_one=_seconds(lambda: any(form in text for text in texts for form in forms), REPEATS_EACH),
    )


def _words(count: int) -> list[str]:
    dice = random.Random(7)  # noqa: S311 - the same list each time
    texts = " ".join(map(folded, TEXTS))
    made: set[str] = set()
    while len(made) < count:
        word = "".join(dice.choices(LETTERS, k=dice.randint(2, 10)))
        if word not in texts:
            made.add(word)
    return sorted(made)


def _message() -> Json:
    return {"data": {f"thing{number}": {"value": text} for number, text in enumerate(TEXTS)}}


def _seconds(work: Callable[[], object], repeats: int) -> float:
    started = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - started) / repeats


def _resident() -> int:
    """The most memory this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.words", description=__doc__)
    parser.add_argument("--words", type=int, default=100_000)
    parser.add_argument("--json", action="store_true", help="for programs")
    given = parser.parse_args()
    found = measure(given.words)
    figures = {
        "words": found.words,
        "learned_in_ms": round(found.learning * 1e3),
        "memory_mb": round(found.memory / 1e6, 1),
        "one_message_us": round(found.one_pass * 1e6, 1),
        "word_by_word_us": round(found.one_by_one * 1e6, 1),
        "ratio": round(found.ratio),
    }
    tell(figures, as_json=given.json)


if __name__ == "__main__":
    main()
