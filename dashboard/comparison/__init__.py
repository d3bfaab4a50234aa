"""What differs between two runs, and whether they can be compared at all: functions of values."""
