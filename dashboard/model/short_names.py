"""Names in blobs: those that occur in most blobs take one byte."""

from dashboard.model.varint import BlobReader, write_varint

# Their positions are part of the format: append only.
SHORT_NAMES = (
    *("0-", "1+", "1-", "2+", "2-", "3+", "3-", "4+", "4-", "5+", "5-"),
    *("http_req_blocked", "http_req_connecting", "http_req_tls_handshaking"),
    *("http_req_sending", "http_req_waiting", "http_req_receiving", "iteration_duration"),
    *("data_sent", "data_received", "dropped_iterations", "connections_reused"),
    *(
        "0",
        "200",
        "201",
        "204",
        "301",
        "302",
        "304",
        "400",
        "401",
        "403",
        "404",
        "429",
        "500",
        "502",
        "503",
        "504",
    ),
    *("x+", "x-"),
)
_POSITIONS = {name: position for position, name in enumerate(SHORT_NAMES)}


def write_name(out: bytearray, name: str) -> None:
    """Append `2 * position + 1` for a name in `SHORT_NAMES`, otherwise `2 * length` and the UTF-8 bytes."""
    position = _POSITIONS.get(name)
    if position is not None:
        write_varint(out, position * 2 + 1)
        return
    data = name.encode("utf-8", "surrogatepass")
    write_varint(out, len(data) * 2)
    out += data


def read_name(reader: BlobReader) -> str:
    """Return the next name."""
    number = reader.varint()
    return SHORT_NAMES[number >> 1] if number & 1 else reader.text(number >> 1)
