"""Ids that were drawn become ids that are there, or nearly: else hardly a request would get past a 404."""

import os
from typing import Any

import schemathesis

RESTAURANTS = [int(each) for each in os.environ["FUZZ_RESTAURANTS"].split(",")]
TEAMS = 30
# Who is asking, if it is a customer; and whether nobody is asked who they are.
USER = int(os.environ.get("FUZZ_USER", "0"))
OPEN = os.environ.get("FUZZ_OPEN") == "yes"


@schemathesis.hook
def before_load_schema(context: schemathesis.HookContext, raw_schema: dict[str, Any]) -> None:
    """The document is of a service that asks for tokens; where none are asked for, it is told so."""
    if not OPEN:
        return
    for methods in raw_schema["paths"].values():
        for operation in methods.values():
            operation["security"] = []


def is_id(value: Any) -> bool:
    """What is no id is to be refused, and stays as it is. Of those that are, some stay, too."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**53 and value % 8 != 0


def there(values: Any) -> Any:
    if not isinstance(values, dict):
        return values
    found = dict(values)
    restaurant = RESTAURANTS[sum(value for value in values.values() if is_id(value)) % len(RESTAURANTS)]
    for name, value in values.items():
        if not is_id(value):
            continue
        if name == "restaurantId":
            found[name] = restaurant
        elif name in ("waitingId", "noShowId"):
            found[name] = restaurant * 10_000_000 + 1 + value % TEAMS
        elif name == "datesId":
            found[name] = 1 + value % 3
        elif name == "userId":
            found[name] = USER if USER and value % 4 else 1 + value % 50
    return found


@schemathesis.hook
def map_path_parameters(context: schemathesis.HookContext, path_parameters: Any) -> Any:
    return there(path_parameters)


@schemathesis.hook
def map_query(context: schemathesis.HookContext, query: Any) -> Any:
    return there(query)


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    return there(body)
