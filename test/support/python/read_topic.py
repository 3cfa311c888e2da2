"""Prints all committed records of a topic as JSON lines, decoded by Confluent's Python client.

Usage: read_topic.py BROKER REGISTRY_URL TOPIC

Each line: {"partition", "offset", "key", "value", "headers"}. Bytes become {"bytes": "<hexadecimal>"}; a tombstone's
value is null. Reads every partition from its beginning to the end it has at the start.
"""

import json
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

PATIENCE_SECONDS = 30


def main(broker, registry_url, topic):
    decode = AvroDeserializer(SchemaRegistryClient({"url": registry_url}))
    consumer = Consumer(
        {
            "bootstrap.servers": broker,
            "group.id": "unused",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
            "auto.offset.reset": "error",
        }
    )
    try:
        partitions = consumer.list_topics(topic, PATIENCE_SECONDS).topics[topic].partitions
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
        for message in until_end(consumer, len(partitions)):
            print(json.dumps(line_of(message, topic, decode), default=jsonable))
    finally:
        consumer.close()


def until_end(consumer, open_partitions):
    while open_partitions > 0:
        message = consumer.poll(PATIENCE_SECONDS)
        if message is None:
            raise SystemExit("the broker does not answer")
        if message.error() is None:
            yield message
        elif message.error().name() == "_PARTITION_EOF":
            open_partitions -= 1
        else:
            raise KafkaException(message.error())


def line_of(message, topic, decode):
    key, value = message.key(), message.value()
    return {
        "partition": message.partition(),
        "offset": message.offset(),
        "key": None if key is None else decode(key, SerializationContext(topic, MessageField.KEY)),
        "value": None if value is None else decode(value, SerializationContext(topic, MessageField.VALUE)),
        "headers": [[name, content] for name, content in message.headers() or []],
    }


def jsonable(value):
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    return str(value)


if __name__ == "__main__":
    main(*sys.argv[1:])
