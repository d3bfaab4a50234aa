"""Host names in URLs, in the ASCII form of DNS and certificates. k6/lib/common/host-names.js returns the same."""

import ipaddress
import re
import unicodedata

MAX_HOST_CHARACTERS = 253
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_DOTS = re.compile("[\u3002\uff0e\uff61]")
# Versions of IDNA disagree about these: "straße" is "strasse" in one, "xn--strae-oqa" in the other.
_AMBIGUOUS = re.compile("[\u00df\u1e9e\u03c2\u200c\u200d]")
# Blanks, punctuation, symbols and emoji, which no registry permits.
_REFUSED = re.compile(
    "[\x00-,./:-@\\[-\\^`{-\xbf\xd7\xf7\u2000-\u2bff\u3000-\u3004\ud800-\uf8ff\ufe00-\ufe0f\ufff0-\uffff"
    "\U0001f000-\U0001fbff]"
)


def ascii_host(host: str) -> str:
    """Return the host of a URL in lowercase ASCII. A final dot stays. Raises ValueError.

    Internationalized names become their xn-- form. An IPv6 address has no brackets, and no zone: a zone names an
    interface of one machine.
    """
    if "%" in host:
        raise ValueError("must not have an IPv6 zone or percent-encoded characters in its host")
    if ":" in host:
        return _ipv6(host)
    if _AMBIGUOUS.search(host):
        raise ValueError(
            "has a character that IDNA standards read differently. Write the host in its xn-- form"
        )
    labels = [_ascii_label(label) for label in _DOTS.sub(".", host).removesuffix(".").split(".")]
    name = ".".join(labels)
    if len(name) > MAX_HOST_CHARACTERS or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("has an invalid host name")
    return name + ("." if _DOTS.sub(".", host).endswith(".") else "")


def ascii_pattern(pattern: str) -> str:
    """Return a pattern of hosts such as `*.shop.test`, with each label in lowercase ASCII. Raises ValueError."""
    labels = _DOTS.sub(".", pattern).split(".")
    return ".".join(label.lower() if label.isascii() else ascii_host(label) for label in labels)


def _ipv6(host: str) -> str:
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        raise ValueError("has an invalid IPv6 address") from None
    return host.lower()


def _ascii_label(label: str) -> str:
    lower = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", label).lower())
    if lower.isascii():
        return lower
    if _REFUSED.search(lower):
        raise ValueError("has an invalid host name")
    return "xn--" + lower.encode("punycode").decode()
