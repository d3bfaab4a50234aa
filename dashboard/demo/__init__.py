"""A small shop API on loopback to try the product on; its counters are the ground truth of the tests."""
