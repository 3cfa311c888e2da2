"""Registers a schema with Confluent's Python client, asks for it in every way, and prints the answers as one JSON object.

Usage: use_registry.py REGISTRY_URL SUBJECT SCHEMA INCOMPATIBLE_SCHEMA
"""

import json
import sys

from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError


def main(registry_url, subject, text, incompatible_text):
    client = SchemaRegistryClient({"url": registry_url})
    schema = Schema(text, "AVRO")
    incompatible = Schema(incompatible_text, "AVRO")
    schema_id = client.register_schema(subject, schema)
    # Another client: the first one answers from its cache.
    fresh = SchemaRegistryClient({"url": registry_url})
    answers = {
        "id": schema_id,
        "schema": json.loads(fresh.get_schema(schema_id).schema_str),
        "latest": fresh.get_latest_version(subject).version,
        "versions": fresh.get_versions(subject),
        "found": fresh.lookup_schema(subject, schema).schema_id,
        "subjects": fresh.get_subjects(),
        "compatible": fresh.test_compatibility(subject, incompatible),
        "refused": refusal(lambda: fresh.register_schema(subject, incompatible)),
        "unknown": refusal(lambda: fresh.get_schema(4711)),
        "level": fresh.set_compatibility(subject, "NONE"),
        "second": fresh.register_schema(subject, incompatible),
        "deleted": fresh.delete_subject(subject),
    }
    print(json.dumps(answers))


def refusal(call):
    try:
        call()
    except SchemaRegistryError as error:
        return [error.http_status_code, error.error_code]
    return None


if __name__ == "__main__":
    main(*sys.argv[1:])
