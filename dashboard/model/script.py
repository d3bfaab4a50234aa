"""What a custom script (K6_SCRIPT) judges itself: thresholds, and checks by name."""

from dataclasses import dataclass

ChecksByName = dict[str, tuple[int, int]]  # passes and fails


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptThreshold:
    """A threshold that a script sets for one of its metrics, and its result at the end of the run."""

    metric: str
    expression: str
    passed: bool

    @property
    def message(self) -> str:
        """The threshold as text."""
        return f"{self.metric}: {self.expression}"
