"""Shapes of access tokens and of the session."""

from typing import Annotated, Literal

from pydantic import Field, RootModel

from dashboard.api.shapes.base import Line, RequestShape, ResponseShape, WholeNumber
from dashboard.api.shapes.derive import with_fields
from dashboard.model.annotations import MAX_ENV_PROFILE_CHARACTERS
from dashboard.model.identity import TOKEN_NAME, TokenLimits

RoleName = Literal["viewer", "runner", "admin"]
MAX_LISTED = 50
MAX_HOST = 253


class TokenPath(RequestShape):
    """A token."""

    name: Annotated[str, Field(pattern=f"^{TOKEN_NAME}$", description="Name of a token")]


class CreateTokenBody(RequestShape):
    """A new token. An omitted limit does not apply."""

    name: Annotated[str, Field(max_length=200, examples=["ci"])]
    role: RoleName
    expires: Annotated[str, Field(max_length=32, examples=["90d"])] = Field(
        "90d", description="How long the token is accepted, or `never`"
    )
    targets: Annotated[list[Annotated[Line, Field(max_length=MAX_HOST)]], Field(max_length=MAX_LISTED)] = (
        Field(default_factory=list, description="Hosts that runs of the token may target, `*` as wildcard")
    )
    environments: Annotated[
        list[Annotated[Line, Field(max_length=MAX_ENV_PROFILE_CHARACTERS)]], Field(max_length=MAX_LISTED)
    ] = Field(default_factory=list, description="Allowed environments (every run of the token must name one)")
    max_vus: Annotated[WholeNumber, Field(ge=1, le=1_000_000)] | None = None
    max_rate: Annotated[WholeNumber, Field(ge=1, le=1_000_000)] | None = None


@with_fields(
    TokenLimits,
    targets="Hosts that runs of the token may target; empty for all",
    environments="Allowed environments (every run of the token must name one); empty for any",
    max_vus="Maximum number of virtual users of a run; null without a limit",
    max_rate="Maximum number of iterations per second of a run; null without a limit",
)
class TokenLimitsShape(ResponseShape):
    """Limits of the runs that a token may start."""


class TokenShape(TokenLimitsShape):
    """An access token without its text."""

    name: str
    role: RoleName
    created_at: str
    created_by: str
    expires_at: str | None = Field(description="Null for a token that never expires")
    has_expired: bool
    last_used_at: str | None = Field(description="Null for a token that was never used")


class TokenList(RootModel[list[TokenShape]]):
    """All tokens by name."""


class CreatedTokenAnswer(TokenShape):
    """A new token with its text."""

    token: str = Field(description="The text of the token. It cannot be read again")


class SessionAnswer(ResponseShape):
    """Who sends the request, and what this person or program may do."""

    who: str = Field(
        description="Name of the token or of the user from the proxy, `main token`, or `local` if no token is required"
    )
    role: RoleName
    limits: TokenLimitsShape
