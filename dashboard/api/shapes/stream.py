"""Shapes of the event stream."""

from typing import Annotated

from pydantic import AfterValidator, Field

from dashboard.api.shapes.base import RequestShape
from dashboard.runs.publish.hub import MAX_TOPICS, is_topic

TOPICS = "runs, run:<id>, ops:<id> or log:<id>"


def _check_topics(text: str) -> str:
    topics = text.split(",")
    if len(topics) > MAX_TOPICS:
        raise ValueError(f"must contain at most {MAX_TOPICS} topics")
    if unknown := next((topic for topic in topics if not is_topic(topic)), None):
        raise ValueError(f'contains the unknown topic "{unknown[:80]}"; use {TOPICS}')
    if "" in topics:
        raise ValueError(f"must be topics separated by commas: {TOPICS}")
    return text


class StreamQuery(RequestShape):
    """Topics of the stream, separated by commas."""

    topics: Annotated[str, AfterValidator(_check_topics), Field(min_length=1, max_length=3_000)]
