"""JSON Schemas of the requests that receivers accept, from their public documentation."""

from typing import Any

TEXT = {"type": "string", "minLength": 1}
# docs.github.com: REST API endpoints for commit statuses
GITHUB_STATUS: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["state"],
    "properties": {
        "state": {"enum": ["error", "failure", "pending", "success"]},
        "target_url": {"type": ["string", "null"], "format": "uri"},
        "description": {"type": ["string", "null"], "maxLength": 140},
        "context": {"type": "string", "default": "default"},
    },
}
# docs.github.com: REST API endpoints for check runs
GITHUB_CHECK: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "head_sha"],
    "properties": {
        "name": TEXT,
        "head_sha": TEXT,
        "details_url": {"type": "string", "format": "uri"},
        "external_id": TEXT,
        "status": {"enum": ["queued", "in_progress", "completed"]},
        "started_at": {"type": "string", "format": "date-time"},
        "completed_at": {"type": "string", "format": "date-time"},
        "conclusion": {
            "enum": [
                *("action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out")
            ]
        },
        "output": {
            "type": "object",
            "required": ["title", "summary"],
            "properties": {"title": TEXT, "summary": {"type": "string", "maxLength": 65_535}},
        },
    },
    "if": {"properties": {"status": {"const": "completed"}}},
    "then": {"required": ["conclusion"]},
    "else": {"not": {"required": ["conclusion"]}},
}
# docs.gitlab.com: Commits API, set commit pipeline status
GITLAB_STATUS: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["state"],
    "properties": {
        "state": {"enum": ["pending", "running", "success", "failed", "canceled", "skipped"]},
        "name": TEXT,
        "target_url": {"type": "string", "maxLength": 255},
        "description": {"type": "string", "maxLength": 255},
        "coverage": {"type": "number"},
        "pipeline_id": {"type": "integer"},
        "ref": TEXT,
    },
}
# api.slack.com: Block Kit, section block
SLACK_TEXT = {
    "type": "object",
    "required": ["type", "text"],
    "properties": {
        "type": {"enum": ["plain_text", "mrkdwn"]},
        "text": {"type": "string", "minLength": 1, "maxLength": 3_000},
    },
}
SLACK: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["text"],
    "properties": {
        "text": TEXT,
        "blocks": {
            "type": "array",
            "maxItems": 50,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["type"],
                "anyOf": [{"required": ["text"]}, {"required": ["fields"]}],
                "properties": {
                    "type": {"const": "section"},
                    "text": SLACK_TEXT,
                    "fields": {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": 10,
                        "items": {
                            **SLACK_TEXT,
                            "properties": {
                                "type": {"enum": ["plain_text", "mrkdwn"]},
                                "text": {"type": "string", "maxLength": 2_000},
                            },
                        },
                    },
                },
            },
        },
    },
}
# adaptivecards.io: schema 1.4, and learn.microsoft.com: messages to a workflow
TEAMS: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["type", "attachments"],
    "properties": {
        "type": {"const": "message"},
        "attachments": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["contentType", "content"],
                "properties": {
                    "contentType": {"const": "application/vnd.microsoft.card.adaptive"},
                    "contentUrl": {"type": "null"},
                    "content": {"$ref": "#/$defs/card"},
                },
            },
        },
    },
    "$defs": {
        "card": {
            "type": "object",
            "additionalProperties": False,
            "required": ["type", "version", "body"],
            "properties": {
                "$schema": TEXT,
                "type": {"const": "AdaptiveCard"},
                "version": {"const": "1.4"},
                "body": {
                    "type": "array",
                    "items": {"oneOf": [{"$ref": "#/$defs/text"}, {"$ref": "#/$defs/facts"}]},
                },
                "actions": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["type", "url"],
                        "properties": {"type": {"const": "Action.OpenUrl"}, "title": TEXT, "url": TEXT},
                    },
                },
            },
        },
        "text": {
            "type": "object",
            "additionalProperties": False,
            "required": ["type", "text"],
            "properties": {
                "type": {"const": "TextBlock"},
                "text": TEXT,
                "wrap": {"type": "boolean"},
                "size": {"enum": ["default", "small", "medium", "large", "extraLarge"]},
                "weight": {"enum": ["default", "lighter", "bolder"]},
                "color": {"enum": ["default", "dark", "light", "accent", "good", "warning", "attention"]},
            },
        },
        "facts": {
            "type": "object",
            "additionalProperties": False,
            "required": ["type", "facts"],
            "properties": {
                "type": {"const": "FactSet"},
                "facts": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["title", "value"],
                        "properties": {"title": TEXT, "value": TEXT},
                    },
                },
            },
        },
    },
}
# discord.com: Execute Webhook, Embed Limits
DISCORD: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["embeds", "allowed_mentions"],
    "properties": {
        "allowed_mentions": {"const": {"parse": []}},
        "embeds": {
            "type": "array",
            "maxItems": 10,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "title": {"type": "string", "maxLength": 256},
                    "description": {"type": "string", "maxLength": 4_096},
                    "url": {"type": "string", "format": "uri"},
                    "timestamp": {"type": "string", "format": "date-time"},
                    "color": {"type": "integer", "minimum": 0, "maximum": 0xFFFFFF},
                    "fields": {
                        "type": "array",
                        "maxItems": 25,
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["name", "value"],
                            "properties": {
                                "name": {"type": "string", "minLength": 1, "maxLength": 256},
                                "value": {"type": "string", "minLength": 1, "maxLength": 1_024},
                                "inline": {"type": "boolean"},
                            },
                        },
                    },
                },
            },
        },
    },
}
