"""Drawings from numbers: geometry in plain text with dots, nothing outside its field, a table behind each chart."""

from __future__ import annotations

import math
import re

import pytest
from django.template import Context, Template
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from wellheard.charts.lines import Series, line_chart, spark
from wellheard.charts.marks import bar, dumbbell, interval, reach
from wellheard.charts.scale import nice_ticks, px, thinned, tick_label

numbers = st.one_of(st.just(0.0), st.floats(1e-6, 1e9))
changes = st.floats(-1, 1e300, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (-0.01, "0"), (12.34, "12.3"), (5.0, "5"), (1234567.89, "1234567.9")]
)
def test_a_coordinate_is_plain(value: float, text: str) -> None:
    assert px(value) == text


@given(highest=numbers)
def test_ticks_begin_at_nothing_and_hold_the_highest(highest: float) -> None:
    ticks = nice_ticks(highest)
    assert ticks[0] == 0
    assert ticks[-1] >= highest * (1 - 1e-9)
    assert 2 <= len(ticks) <= 6
    assert ticks == sorted(set(ticks))


def test_an_axis_reads_well() -> None:
    assert nice_ticks(3_500) == [0, 1000, 2000, 3000, 4000]
    assert nice_ticks(7) == [0, 2, 4, 6, 8]
    assert [tick_label(t) for t in (0.25, 2.0, 1500.0)] == ["0.25", "2", "1,500"]
    assert thinned([str(i) for i in range(26)], 6) == ["0", "5", "10", "15", "20", "25"]


def test_two_lenses_over_time_with_a_table_behind() -> None:
    chart = line_chart("Who spoke", ["1 Jun", "8 Jun"], [
        Series("users", "u", [10, 20], ["/a", "/b"]), Series("customers", "c", [0, 5]),
    ])  # fmt: skip
    assert chart.drawn[0].line == "M0,80L600,0"
    assert chart.drawn[1].dots == "M0,160h0M600,120h0"
    assert [(label, [c.text for c in cells]) for label, cells in chart.rows] == [
        ("1 Jun", ["10", "0"]), ("8 Jun", ["20", "5"]),
    ]  # fmt: skip
    assert chart.bands[1].title == "8 Jun: 20 users, 5 customers"
    assert chart.bands[1].url == "/b"


def test_fractions_of_a_line_have_equally_many_digits() -> None:
    chart = line_chart("t", ["a", "b"], [Series("x", "u", [2.2, 2.65])])
    assert [cells[0].text for _, cells in chart.rows] == ["2.20", "2.65"]


@pytest.mark.parametrize("values", [[], [0], [0, 0, 0], [7]])
def test_little_or_nothing_is_drawn_without_complaint(values: list[float]) -> None:
    labels = [str(i) for i in range(len(values))]
    assert len(line_chart("t", labels, [Series("x", "u", values)]).rows) == len(values)
    assert "nan" not in spark(values).points


def test_lines_of_another_length_than_their_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="1 values for 2 labels"):
        line_chart("t", ["a", "b"], [Series("x", "u", [1])])


@given(estimate=changes, low=changes, high=changes)
def test_an_interval_stays_inside_its_field(estimate: float, low: float, high: float) -> None:
    low, estimate, high = sorted((low, estimate, high))
    drawn = interval(estimate, low, high, reach(estimate, low, high))
    assert drawn is not None
    assert all(0 <= float(x) <= 160 for x in (drawn.zero, drawn.low, drawn.high, drawn.point or "80"))
    assert all(re.fullmatch(r"-?\d+(\.\d)?", x) for x in (drawn.low, drawn.high))
    assert [float(x) for x, _ in drawn.ticks] == sorted(float(x) for x, _ in drawn.ticks)


def test_half_and_double_are_equally_far_from_no_change() -> None:
    drawn = interval(0.0, -0.5, 1.0)
    assert drawn is not None
    assert 80 - float(drawn.low) == pytest.approx(float(drawn.high) - 80)
    assert (drawn.left_arrow, drawn.right_arrow) == ("", "")


def test_what_lies_outside_is_an_arrow() -> None:
    drawn = interval(0.1, -0.999, 1573.47)
    assert drawn is not None
    assert drawn.left_arrow
    assert drawn.right_arrow
    assert interval(None, None, None) is None
    assert interval(math.inf, 0, math.inf) is not None


def test_a_dumbbell_keeps_ranks_in_order() -> None:
    drawn = dumbbell(1, 13, 13)
    assert (drawn.circle, drawn.square_middle) == ("8", "192")
    assert dumbbell(99, 1, 5).circle == "192"
    assert dumbbell(1, 1, 1).circle == "8"


def test_a_bar_shows_that_there_is_something() -> None:
    assert [bar(0, 10), bar(1, 10_000), bar(5, 10), bar(20, 10), bar(1, 0)] == ["0", "1", "50", "100", "0"]


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_no_language_puts_a_comma_into_a_drawing(language: str) -> None:
    chart = line_chart("t", ["a", "b", "c"], [Series("x", "u", [1.5, 1234.25, 3])], mark=1, mark_name="m")
    page = Template("{% load charts %}{% line_chart c %}{% interval 0.123 -0.1 1234567 %}{% spark s %}{% bar 1.5 7 %}")
    with translation.override(language):
        shown = page.render(Context({"c": chart, "s": [1, 2, 3]}))
    for attribute in ("x", "y", "x1", "x2", "y1", "y2", "cx", "width", "height"):
        assert all(re.fullmatch(r"-?[\d.]+", v) for v in re.findall(rf'\s{attribute}="([^"]*)"', shown))
    assert 'style="' not in shown


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.123, "+12%"), (1573.47, "more than +1,000%"), (float("inf"), "more than +1,000%"), (-0.9999, "almost −100%"),
     (0.001, "±0%"), (None, "–")],
)  # fmt: skip
def test_a_change_is_told_sanely(share: float | None, words: str) -> None:
    assert Template("{% load charts %}{{ x|change }}").render(Context({"x": share})) == words
