"""Every feature of the project's own documents, as fields of endpoints."""

from dashboard.discovery.discovered import AuthSuggestion, ImportOptions
from tests.discovery.openapi.reading import candidate, endpoint, read_file


def test_paths_and_queries() -> None:
    found = read_file("parameters.yaml")
    paths = {one.key: one.endpoint["path"] for one in found.candidates}

    assert found.base_urls == ("https://api.example.com/base",)
    assert [one.kind for one in found.remarks] == ["guess"]
    assert paths == {
        "GET /path/{text}/{number}": "/path/left/6",
        "HEAD /path/{text}/{number}": "/path/abcd-1/6",
        "GET /matrix/{list}/{thing}": "/matrix/;list=text/;thing=a%20b",
        "GET /label/{list}": "/label/.1",
        "GET /query": "/query?ids=1&ids=2&tags=a,b&pipes=text%7Ctext1&spaces=text&filter[from]=2024-01-15"
        "&text=a%26b%3Dc%2Fd%20%C3%BC&at=https://example.com/a&where=%7B%22a%22%3A1%7D",
        "GET /headers": "/headers",
        "GET /undeclared/{userId}/{thing}": "/undeclared/text/text",
        "GET /view?kind=full": "/view?kind=full&page=3",
        "POST /view#part": "/view",
    }


def test_headers_cookies_and_secrets() -> None:
    found = read_file("parameters.yaml")

    assert endpoint(found, "GET /headers")["headers"] == {
        "X-List": "1",
        "X-Flag": "true",
        "X-Template": "costs $${5}",
        "X-Access-Token": "${env.X_ACCESS_TOKEN}",
        "Cookie": "theme=dark",
    }
    assert [(one.name, one.is_secret) for one in found.requested_values] == [("X_ACCESS_TOKEN", True)]


def test_undeclared_placeholders_are_repaired_with_a_guess() -> None:
    remarks = candidate(read_file("parameters.yaml"), "GET /undeclared/{userId}/{thing}").remarks

    assert [one.kind for one in remarks] == ["guess"] * 3
    assert (
        remarks[0].message
        == 'The path contains {userId}, but declares "user_id". They are taken as the same.'
    )


def test_bodies() -> None:
    found = read_file("bodies.yaml")
    fields = {
        one.key: {
            name: one.endpoint[name]
            for name in ("body", "form", "multipart", "headers")
            if name in one.endpoint
        }
        for one in found.candidates
    }

    assert fields == {
        "POST /pets": {"body": {"name": "textt", "kind": "cat", "lives": 1}},
        "PUT /trees": {
            "body": {"label": "text", "children": []},
            "headers": {"Content-Type": "application/vnd.tree+json"},
        },
        "POST /examples": {"body": {"n": 5, "note": "${ stays"}},
        "POST /scalars": {"body": '"text"', "headers": {"Content-Type": "application/json"}},
        "POST /forms": {"form": {"name": "$${ & ü", "tags": "text", "range[low]": "text"}},
        "POST /files": {
            "multipart": {
                "title": "text",
                "image": {
                    "content_base64": fields["POST /files"]["multipart"]["image"]["content_base64"],
                    "filename": "image.png",
                    "content_type": "image/png",
                },
                "data": {"content": "Test file", "filename": "data.txt", "content_type": "text/csv"},
            }
        },
        "POST /books": {
            "body": '<?xml version="1.0" encoding="UTF-8"?><book id="1"><title>A &lt; B</title>'
            "<tags><tag>text</tag></tags></book>",
            "headers": {"Content-Type": "application/xml"},
        },
        "POST /texts": {"body": "plain ${ text", "headers": {"Content-Type": "text/plain"}},
        "PUT /bytes": {"body": "text", "headers": {"Content-Type": "application/octet-stream"}},
    }


def test_all_servers_are_offered() -> None:
    assert read_file("bodies.yaml").base_urls == ("http://one.example/api", "http://two.example/api")


def test_version_2() -> None:
    found = read_file("legacy.json")

    assert found.base_urls == ("https://legacy.example:8443/v1", "http://legacy.example:8443/v1")
    assert found.auth == AuthSuggestion(mode="api_key", fields={"api_key_header": "X-Key"})
    assert endpoint(found, "GET /users")["path"] == "/users?limit=10&ids=1&ids=2&tags=text&pipes=text%7Ctext1"
    assert endpoint(found, "POST /users")["body"] == {"name": "text"}
    assert endpoint(found, "GET /users/{userId}")["path"] == "/users/${data.userId}"
    assert endpoint(found, "POST /login")["form"] == {"user": "text", "roles": "text"}
    assert endpoint(found, "POST /avatar")["multipart"]["file"]["filename"] == "file.txt"
    assert endpoint(found, "DELETE /users/{userId}")["headers"] == {
        "Authorization": "Basic ${env.BASIC_CREDENTIALS}"
    }


def test_links_come_before_examples_and_guesses() -> None:
    found = read_file("links.yaml")
    paths = [one.endpoint["path"] for one in found.candidates]

    assert found.base_urls == ()
    assert [one.name for one in found.requested_values] == ["BASE_URL"]
    assert paths == [
        "/teams",
        "/teams/${data.teamId}",
        "/teams/${data.teamId}/members",
        "/teams/${data.teamId}/members/${data.memberId}",
    ]
    assert endpoint(found, "POST /teams")["extract"] == {"teamId": {"body_path": "data.id"}}
    assert [one.kind for one in candidate(found, "GET /teams/{teamId}").remarks] == ["note"]
    assert [one["steps"] for one in found.scenarios] == [
        [{"ref": "createTeam"}, {"ref": "readTeam"}],
        [{"ref": "createTeam"}, {"ref": "listMembers"}, {"ref": "GET /teams/{teamId}/members/{memberId}"}],
    ]


def test_a_given_base_url_comes_first() -> None:
    found = read_file("links.yaml", ImportOptions(base_url="http://127.0.0.1:8000/"))

    assert found.base_urls == ("http://127.0.0.1:8000",)
    assert found.requested_values == ()
