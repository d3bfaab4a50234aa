"""What all parts of the API share: routes, decoding, responses, errors, the gate."""
