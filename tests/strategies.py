"""Hypothesis strategies for histograms and tallies."""

from hypothesis import strategies as st

from dashboard.model.histogram import Histogram
from dashboard.model.short_names import SHORT_NAMES
from dashboard.model.tally import Tally

positive_integers = st.integers(1, 1 << 40)
counts = st.dictionaries(st.integers(-2_000, 2_000), positive_integers, max_size=30)
histograms = st.builds(
    Histogram,
    counts,
    zero=st.integers(0, 1 << 40),
    total=st.integers(-(1 << 40), 1 << 40).map(float),
    negatives=st.one_of(st.just({}), counts),
)
times_s = st.floats(1e-6, 1e4)
texts = st.text(st.characters(exclude_categories=()), min_size=1, max_size=20)
names = st.one_of(st.sampled_from(SHORT_NAMES), texts)
_non_empty = histograms.filter(lambda histogram: not histogram.is_empty)


@st.composite
def tallies(draw: st.DrawFn) -> Tally:
    """Draw any tally. All sums are integers, so that they are exact in any order."""
    out = Tally()
    out.durations = draw(st.dictionaries(st.sampled_from(SHORT_NAMES[:11]), _non_empty, max_size=3))
    out.trends = draw(st.dictionaries(names, _non_empty, max_size=3))
    out.statuses = draw(st.dictionaries(names, positive_integers, max_size=3))
    out.errors = draw(st.dictionaries(names, positive_integers, max_size=3))
    out.checks = draw(st.dictionaries(names, st.tuples(positive_integers, positive_integers), max_size=3))
    out.counters = draw(st.dictionaries(names, positive_integers.map(float), max_size=3))
    return out
