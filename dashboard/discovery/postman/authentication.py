"""Reads the authentication of a request, which it may inherit from its folders."""

from dashboard.discovery.discovered import Json, Remark
from dashboard.discovery.postman.shape import members_of
from dashboard.discovery.postman.variables import CollectionVariables
from dashboard.discovery.recordings.requests import EndpointDraft, Template
from dashboard.discovery.recordings.secrets import SecretMask


def apply_authentication(
    draft: EndpointDraft, auth: Json | None, mask: SecretMask, variables: CollectionVariables
) -> bool:
    """Suggest what the run needs. Return whether the request can be authenticated."""
    kind = str(auth.get("type")) if auth else "noauth"
    if auth is None or kind in ("noauth", "None"):
        return True
    fields = members_of(auth.get(kind))
    remark = "From the authentication of the collection. Its value is not imported: enter it for the run."
    token = variables.fill(fields.get("token") or fields.get("accessToken") or "")
    if kind in ("bearer", "oauth2") and isinstance(token, Template) and "${data." in token:
        draft.headers["Authorization"] = Template(f"Bearer {token}")
        return True
    if kind in ("bearer", "oauth2"):
        mask.suggest("bearer", remark)
    elif kind == "basic":
        mask.suggest("basic", remark)
    elif kind == "apikey" and fields.get("in") == "query":
        name = fields.get("key") or "api_key"
        template = variables.ask(name, f'The API key "{name[:80]}" is a secret.', is_secret=True)
        draft.query.append((name, template))
        return True
    elif kind == "apikey":
        mask.suggest("api_key", remark, api_key_header=fields.get("key") or "X-API-Key")
    else:
        message = f'The authentication "{kind[:40]}" is not supported. Use bearer, basic or an API key.'
        draft.remarks.append(Remark("problem", message, "headers.Authorization"))
        return False
    used = {"bearer": "bearer", "oauth2": "bearer", "basic": "basic"}.get(kind, "api_key")
    if mask.auth is not None and mask.auth.mode != used:
        message = f'The collection sends this request with "{kind}", but the run uses {mask.auth.mode}.'
        draft.remarks.append(Remark("problem", message, "headers.Authorization"))
        return False
    return True
