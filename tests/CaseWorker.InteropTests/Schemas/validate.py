"""Judges messages by the schemas in a folder (the first argument), with Debian's python3-jsonschema.

One JSON object a line on standard input: {"schema": "command.json", "message": "<base64>"}. For each, one on standard
output: {"valid": true} or {"valid": false, "error": "<the first thing wrong>"}. A message that is no JSON is not valid.
Ends with an error when one of the schemas is itself not right.
"""

import base64
import json
import pathlib
import sys
import warnings

warnings.simplefilter("ignore", DeprecationWarning)  # newer versions have another resolver; Debian 12 has this one

from jsonschema import Draft202012Validator, RefResolver  # noqa: E402
from jsonschema.exceptions import best_match  # noqa: E402

sys.setrecursionlimit(20_000)  # 64 levels of a body, a dozen calls each


def no_json(text):
    raise ValueError(f"{text} is no JSON")


def load(folder):
    schemas = {path.name: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}
    base = folder.resolve().as_uri() + "/"
    store = {base + name: schema for name, schema in schemas.items()}
    validators = {}
    for name, schema in schemas.items():
        Draft202012Validator.check_schema(schema)
        validators[name] = Draft202012Validator(schema, resolver=RefResolver(base + name, schema, store=store))
    return validators


def judge(validator, message):
    try:
        # Not utf-8-sig: a byte order mark is no JSON.
        instance = json.loads(message.decode("utf-8"), parse_constant=no_json)
    except (ValueError, RecursionError) as error:
        return {"valid": False, "error": f"not JSON: {str(error)[:200]}"}
    error = best_match(validator.iter_errors(instance))
    return {"valid": True} if error is None else {"valid": False, "error": f"{error.json_path}: {error.message[:200]}"}


validators = load(pathlib.Path(sys.argv[1]))
for line in sys.stdin:
    request = json.loads(line)
    print(json.dumps(judge(validators[request["schema"]], base64.b64decode(request["message"]))), flush=True)
