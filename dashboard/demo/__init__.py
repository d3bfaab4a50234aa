"""A small shop API on loopback to try the product with. Its counters are the ground truth of the tests."""
