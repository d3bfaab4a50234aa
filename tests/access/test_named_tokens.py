"""Named tokens: roles, expiry, revocation, cookies, and what is stored of them."""

from datetime import timedelta
from pathlib import Path

import pytest

from dashboard.access.access import Access
from dashboard.access.token_book import MAX_TOKENS, TokenBook, Unauthorized
from dashboard.model.errors import Conflict, InvalidRequest, NotFound
from dashboard.model.identity import Identity, Role, TokenLimits
from dashboard.store.store import Store
from tests.access.conftest import Clock

CLIENT = "10.0.0.1"
LIMITS = TokenLimits(targets=("*.example",), environments=("stage",), max_vus=5, max_rate=7)


def create(book: TokenBook, name: str = "ci", days: float | None = 90, role: Role = Role.RUNNER) -> str:
    lifetime = None if days is None else timedelta(days=days)
    return book.create(name, role, created_by="admin", lifetime=lifetime, limits=LIMITS)[1]


def test_a_token_stands_for_its_name_role_and_limits(access: Access, book: TokenBook) -> None:
    found = access.check(create(book), CLIENT, 0)

    assert found == Identity(who="ci", role=Role.RUNNER, limits=LIMITS, token_id=book.listed()[0].token_id)


def test_the_text_of_a_token_is_not_stored(book: TokenBook, store: Store, tmp_path: Path) -> None:
    text = create(book)
    store.close()
    secret = text.split("_", 2)[2].encode()

    assert len(secret) >= 43
    assert not [path for path in tmp_path.iterdir() if secret in path.read_bytes()]


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: t + "x", lambda t: t[1:], lambda t: t.upper()]
)
def test_a_changed_token_is_refused(access: Access, book: TokenBook, change: "object") -> None:
    text = create(book)

    assert access.check(change(text), CLIENT, 0) is None  # type: ignore[operator]


def test_the_id_of_a_token_with_the_secret_of_another_is_refused(access: Access, book: TokenBook) -> None:
    first, second = create(book, "a"), create(book, "b")
    _, first_id, _ = first.split("_", 2)
    _, _, second_secret = second.split("_", 2)

    assert access.check(f"k6d_{first_id}_{second_secret}", CLIENT, 0) is None


def test_a_token_is_refused_from_its_expiry_on(access: Access, book: TokenBook, clock: Clock) -> None:
    text = create(book, days=90)
    clock.advance(days=90, seconds=-1)
    identity = access.check(text, CLIENT, 0)
    assert identity
    clock.advance(seconds=1)

    with pytest.raises(Unauthorized, match='"ci" has expired'):
        access.check(text, CLIENT, 0)
    assert not access.is_current(identity)


def test_a_token_without_expiry_is_accepted_later(access: Access, book: TokenBook, clock: Clock) -> None:
    text = create(book, days=None)
    clock.advance(days=3_650)

    assert access.check(text, CLIENT, 0)


def test_a_revoked_token_is_refused_at_once(access: Access, book: TokenBook) -> None:
    text = create(book)
    identity = access.check(text, CLIENT, 0)
    assert identity
    cookie = access.cookie(identity)
    book.revoke("ci")

    assert access.check(text, CLIENT, 0) is None
    assert not access.is_current(identity)
    assert access.accepts_cookie(cookie) is None
    assert access.cookie(identity) == ""


def test_a_cookie_stands_for_its_token(access: Access, book: TokenBook, clock: Clock) -> None:
    identity = access.check(create(book), CLIENT, 0)
    assert identity
    cookie = access.cookie(identity)
    assert access.accepts_cookie(cookie) == identity
    clock.advance(days=91)

    assert access.accepts_cookie(cookie) is None


def test_a_signature_is_valid_only_for_the_cookie_of_its_token(access: Access, book: TokenBook) -> None:
    create(book, "admin-token", role=Role.ADMIN)
    identity = access.check(create(book, "viewer", role=Role.VIEWER), CLIENT, 0)
    assert identity
    _, _, signature = access.cookie(identity).partition(".")
    others = [token.token_id for token in book.listed() if token.token_id != identity.token_id]

    assert not [other for other in [*others, "main"] if access.accepts_cookie(f"{other}.{signature}")]


def test_a_new_token_does_not_revive_the_cookie_of_a_revoked_one_with_its_name(
    access: Access, book: TokenBook
) -> None:
    identity = access.check(create(book), CLIENT, 0)
    assert identity
    cookie = access.cookie(identity)
    book.revoke("ci")
    create(book)

    assert access.accepts_cookie(cookie) is None


def test_the_last_use_is_shown_at_once_and_stored_when_due(
    access: Access, book: TokenBook, store: Store, clock: Clock
) -> None:
    text = create(book)
    clock.advance(hours=1)
    access.check(text, CLIENT, 0)

    assert book.listed()[0].last_used_at == clock.now
    assert store.tokens.all()[0].last_used_at is None
    book.write_uses()
    assert store.tokens.all()[0].last_used_at == clock.now


def test_a_use_writes_nothing(
    access: Access, book: TokenBook, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = create(book)
    monkeypatch.setattr(store.tokens._database, "write", lambda work: pytest.fail("a request must not write"))

    assert access.check(text, CLIENT, 0)


def test_tokens_survive_a_restart(book: TokenBook, store: Store, clock: Clock) -> None:
    text = create(book)
    again = TokenBook(store, clock)

    assert again.listed() == book.listed()
    assert again.find(text)


@pytest.mark.parametrize(
    "name", ["", " ci", "-ci", "a/b", "a b", "ä", "x" * 65, "ci\n", "main token", "local"]
)
def test_names_that_a_token_may_not_have(book: TokenBook, name: str) -> None:
    with pytest.raises(InvalidRequest, match="name: "):
        create(book, name)


def test_two_tokens_cannot_have_the_same_name(book: TokenBook) -> None:
    create(book)
    with pytest.raises(Conflict, match="Choose another name, or revoke it"):
        create(book)


def test_the_number_of_tokens_is_bounded(book: TokenBook, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_TOKENS == 1_000
    monkeypatch.setattr("dashboard.access.token_book.MAX_TOKENS", 1)
    create(book)
    with pytest.raises(Conflict, match="Revoke"):
        create(book, "other")


def test_a_token_that_does_not_exist_cannot_be_revoked(book: TokenBook) -> None:
    with pytest.raises(NotFound, match='"ci"'):
        book.revoke("ci")


def test_wrong_named_tokens_count_as_wrong_tokens(access: Access, book: TokenBook) -> None:
    text = create(book)
    for _ in range(10):
        access.check(f"{text}x", CLIENT, 0)

    with pytest.raises(Exception, match="too many wrong tokens"):
        access.check(f"{text}x", CLIENT, 0)
    assert access.check(text, CLIENT, 0)


@pytest.mark.parametrize(
    ("role", "included"),
    [(Role.VIEWER, "viewer"), (Role.RUNNER, "viewer runner"), (Role.ADMIN, "viewer runner admin")],
)
def test_each_role_includes_the_ones_before_it(role: Role, included: str) -> None:
    assert [other for other in Role if role.includes(other)] == included.split()
