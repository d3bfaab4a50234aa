"""HTTP plumbing: routes, decoding, responses, errors, the gate."""
