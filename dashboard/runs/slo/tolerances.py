"""How far a valid run may fall short of its plan."""

from dataclasses import dataclass

from dashboard.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerances:
    """How far a valid run may fall short of its plan. All values are shares from 0 to 1.

    dropped: dropped iterations, of all planned ones
    generator_busy: time in which k6 uses at least `generator_cpu` of its cores
    load: the lowest share of the planned users or iterations
    thrown: iterations that ended with an exception, of all that ended
    skipped: steps that were not sent because a value was missing, of all due ones
    redirects: steps that ended at a redirect which was not followed, of all due ones
    extracts: values that responses did not contain, of all values to extract
    """

    dropped: float = 0.01
    generator_cpu: float = 0.9
    generator_busy: float = 0.1
    load: float = 0.95
    thrown: float = 0.0
    skipped: float = 0.0
    redirects: float = 0.0
    extracts: float = 0.0


def tolerances_of(settings: Settings) -> Tolerances:
    """Return the tolerances in `settings`."""
    return Tolerances(
        dropped=settings.invalid_dropped,
        generator_cpu=settings.invalid_generator_cpu,
        generator_busy=settings.invalid_generator_busy,
        load=settings.invalid_load,
        thrown=settings.invalid_thrown,
        skipped=settings.invalid_skipped,
        redirects=settings.invalid_redirects,
        extracts=settings.invalid_extracts,
    )
