"""Access tokens: create, list, revoke."""

from datetime import UTC, datetime

from flask import Response

from dashboard.access.token_entries import lifetime_of, token_entry
from dashboard.api.http.audit import describe_change
from dashboard.api.http.context import services
from dashboard.api.http.identity import identity
from dashboard.api.http.responses import answer, no_content
from dashboard.api.http.routes import Routes
from dashboard.api.shapes.token import CreatedTokenAnswer, CreateTokenBody, TokenList, TokenPath, TokenShape
from dashboard.model.identity import Role, TokenLimits

routes = Routes("tokens")


@routes.get("/tokens", {200: TokenList})
def list_tokens() -> Response:
    """Return all named tokens by name, without their text."""
    now = datetime.now(UTC)
    listed = services().tokens.listed()
    return answer(TokenList([TokenShape.model_validate(token_entry(token, now)) for token in listed]))


@routes.post("/tokens", {201: CreatedTokenAnswer}, 409)
def create_token(body: CreateTokenBody) -> Response:
    """Create a token. The answer is the only one that contains its text."""
    token, text = services().tokens.create(
        body.name,
        Role(body.role),
        created_by=identity().who,
        lifetime=lifetime_of(body.expires),
        limits=TokenLimits(
            targets=tuple(body.targets),
            environments=tuple(body.environments),
            max_vus=body.max_vus,
            max_rate=body.max_rate,
        ),
    )
    entry = token_entry(token, datetime.now(UTC))
    describe_change(token.name, after=entry)
    return answer(CreatedTokenAnswer.model_validate(entry | {"token": text}), 201)


@routes.delete("/tokens/<token_name:name>", {204: None}, 404)
def revoke_token(path: TokenPath) -> Response:
    """Revoke a token. It is refused from now on, and its event streams end."""
    token = services().revoke_token(path.name)
    describe_change(token.name, before=token_entry(token, datetime.now(UTC)))
    return no_content()
