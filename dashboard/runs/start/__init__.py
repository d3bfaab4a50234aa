"""From a start request to a running k6."""
