"""Readers of what a team recorded or wrote elsewhere: HAR files, curl commands, JMeter plans and access logs."""
