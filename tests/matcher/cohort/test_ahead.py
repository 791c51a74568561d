"""Reading ahead: one item, in order, with the errors where the items would have been."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from matcher.cohort.ahead import ahead


def test_items_come_in_order() -> None:
    assert list(ahead(lambda: iter(range(100)))) == list(range(100))


def test_one_item_is_read_ahead_and_no_more() -> None:
    read: list[int] = []
    both = threading.Barrier(2, timeout=10)

    def numbers() -> Iterator[int]:
        for number in range(5):
            read.append(number)
            if number == 1:
                both.wait()  # as the first is worked on, the second is being read
            yield number

    found = ahead(numbers)
    assert next(found) == 0
    both.wait()
    for number in range(1, 5):
        assert next(found) == number
        assert len(read) <= number + 2
    assert list(found) == []


def test_an_error_comes_after_the_items_before_it() -> None:
    def numbers() -> Iterator[int]:
        yield 1
        raise OSError("gone")

    found = ahead(numbers)
    assert next(found) == 1
    with pytest.raises(OSError, match="gone"):
        next(found)


def test_an_error_before_the_first_item() -> None:
    def broken() -> Iterator[int]:
        raise ValueError("no file")

    with pytest.raises(ValueError, match="no file"):
        list(ahead(broken))


def test_closing_ends_the_thread() -> None:
    before = set(threading.enumerate())
    found = ahead(lambda: iter(range(1_000_000)))
    assert next(found) == 0
    assert set(threading.enumerate()) > before
    found.close()
    assert set(threading.enumerate()) == before
