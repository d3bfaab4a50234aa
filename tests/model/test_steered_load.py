"""What steering did to a load: pauses, reduced load, and a pause until the end."""

import pytest

from dashboard.model.steered_load import LoadChange, load_after


def change(at_s: float, load: str) -> LoadChange:
    return LoadChange(at_s, is_paused=load == "paused", is_reduced=load == "reduced")


@pytest.mark.parametrize(
    ("changes", "paused_s", "reduced_s", "at_end", "text"),
    [
        ([], 0.0, 0.0, False, None),
        ([(0, "planned")], 0.0, 0.0, False, None),
        ([(4, "paused"), (16, "planned")], 12.0, 0.0, False, "paused for 12 s"),
        ([(4, "reduced")], 0.0, 16.0, False, "at reduced load for 16 s"),
        (
            [(4, "paused"), (6, "reduced"), (9, "planned")],
            2.0,
            3.0,
            False,
            "paused for 2 s and at reduced load for 3 s",
        ),
        ([(12, "paused")], 8.0, 0.0, True, "paused from 12 s to its end, 8 s in all"),
        (
            [(2, "paused"), (4, "planned"), (15, "paused")],
            7.0,
            0.0,
            True,
            "paused from 15 s to its end, 7 s in all",
        ),
        ([(-3, "paused"), (2, "planned")], 2.0, 0.0, False, "paused for 2 s"),
        ([(25, "paused")], 0.0, 0.0, False, None),
        ([(4, "paused"), (6, "paused"), (8, "planned")], 4.0, 0.0, False, "paused for 4 s"),
    ],
)
def test_changes_add_up(
    changes: list[tuple[float, str]], paused_s: float, reduced_s: float, at_end: bool, text: str | None
) -> None:
    load = load_after([change(*one) for one in changes], 20.0)
    assert (load.paused_s, load.reduced_s, load.is_paused_at_end, load.text) == (
        paused_s,
        reduced_s,
        at_end,
        text,
    )


def test_a_range_has_its_own_pauses() -> None:
    load = load_after(
        [change(4, "paused"), change(10, "planned"), change(14, "paused"), change(16, "reduced")], 20.0
    )
    assert load.pauses == ((4.0, 10.0), (14.0, 16.0))
    assert [load.paused_between(*span) for span in ((0, 4), (0, 5), (6, 8), (9, 15), (0, 20))] == [
        0,
        1,
        2,
        2,
        8,
    ]
