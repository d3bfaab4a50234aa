"""Exports of a run: HTML report, CSV, badge, JUnit XML and summaries."""
